/** What tests draw random cases by: the same each time, unless TEST_SEED says otherwise; then a failure is no chance. */
export const SEED = Number(process.env['TEST_SEED'] ?? '4580');
