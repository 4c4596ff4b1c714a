import { openHub, type Hub } from '../hub.ts'
import type { CommandContext } from './command.ts'

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
    signal,
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
