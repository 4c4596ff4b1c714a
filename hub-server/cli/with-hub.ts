import { openHub, type Hub } from '../hub.ts'
import { afterGrace } from './after-grace.ts'
import type { CommandContext } from './command.ts'

/** What is on its way to a platform when a stop is asked for may take this long to be answered, in milliseconds. */
const graceMs = 10_000

/** Opens the workspace for one command and closes it whatever happens. */
export async function withHub<T>(
  context: CommandContext,
  purpose: string,
  work: (hub: Hub) => Promise<T>,
): Promise<T> {
  const { folder, clock, random, logger, signal, config } = context
  const hub = await openHub({
    folder,
    purpose,
    env: config.env,
    clock,
    random,
    logger,
    ...(context.telemetry && { telemetry: context.telemetry }),
    signal: afterGrace(signal, graceMs),
    memoryMb: config.memoryMb,
    segmentSeconds: config.segmentSeconds,
    secrets: config.secrets,
    auditCheckpoints: config.auditCheckpoints,
    redisUrl: config.redisUrl,
  })
  try {
    return await work(hub)
  } finally {
    await hub.close()
  }
}
