/** What the store, the link and the agent's records can hold. Members that are undefined are left out. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json | undefined };
