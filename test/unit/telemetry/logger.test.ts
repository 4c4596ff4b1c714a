import { describe, expect, it } from 'vitest'
import type { Logger } from '../../../core/port/logger.ts'
import type { LogLevel } from '../../../hub-server/config.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'

function logging(level: LogLevel): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return { logger: createLogger({ level, destination: { write: (line) => lines.push(line) } }), lines }
}

describe('createLogger', () => {
  it('writes one JSON object a line, with the event, the level in words and an ISO time', () => {
    const { logger, lines } = logging('debug')
    logger.warn('batch_sent', { run: 'run-1', records: 500 })
    expect(lines).toHaveLength(1)
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
    expect(line).toEqual({
      level: 'warn',
      time: line['time'],
      event: 'batch_sent',
      run: 'run-1',
      records: 500,
    })
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  it('drops what is not on the list of fields, and says how many', () => {
    const { logger, lines } = logging('info')
    logger.info('profile_found', { email: 'ada@example.com', token: 'secret-1', run: 'run-1' })
    expect(lines.join('')).not.toMatch(/ada|secret-1|email|token/)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ run: 'run-1', dropped: 2 })
  })

  it('keeps quiet below its level', () => {
    const { logger, lines } = logging('warn')
    logger.debug('a')
    logger.info('b')
    expect(lines).toEqual([])
    const silent = logging('silent')
    silent.logger.error('c')
    expect(silent.lines).toEqual([])
  })

  it('lets no value forge a second line or send codes to a terminal', () => {
    const { logger, lines } = logging('info')
    logger.info('platform_call_failed', { said: 'x"}\n{"level":"error"}\r\u001B[31m\u2028' })
    const line = lines.join('').trimEnd()
    for (const character of ['\n', '\r', '\u001B']) expect(line).not.toContain(character)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info' })
  })
})
