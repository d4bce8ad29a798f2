/** Where tasks find what Neargate offers inside a VPC: an address that no VPC's range holds. */
export const SERVICE_ADDRESS = '169.254.171.1';
/** The AWS endpoint's port there. */
export const ENDPOINT_PORT = 80;
