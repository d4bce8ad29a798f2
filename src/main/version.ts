/** The version of this build. The bundler puts it in; unbundled code (tests) has none. */
declare const NEARGATE_VERSION: string | undefined;

export const VERSION: string = typeof NEARGATE_VERSION === 'string' ? NEARGATE_VERSION : '0.0.0-unbundled';
