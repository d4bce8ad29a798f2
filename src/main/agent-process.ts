/** `neargate agent`: puts the agent together and runs it. */

/** Runs until the signal fires; `configFile` holds the settings that `up` wrote for it. */
export async function runAgent(configFile: string, signal: AbortSignal): Promise<void> {
  throw new Error(`not there yet: ${configFile} ${signal.aborted}`);
}
