/** Why an expression cannot be read or worked out; the message is for whoever wrote it. */
export class ExpressionError extends Error {}
