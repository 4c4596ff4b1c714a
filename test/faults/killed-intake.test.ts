import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { httpRequest } from '../support/http-request.ts'
import { reportFigure } from '../support/report-figure.ts'
import { startProcess, type StartedProcess } from '../support/start-process.ts'
import { createWorkspaceFolder } from '../support/workspace-folder.ts'

const key = 'wk_killed_intake'
const events = 240
const lanes = 6
/** Acknowledged events at which the hub is killed. */
const kills = [80]

/** A hub in a process of its own, and the next one when that is killed. */
interface Intake {
  url(): Promise<string>
  killAndRestart(): Promise<void>
  end(): Promise<number | null>
}

function anIntake(folder: string): Intake {
  let child: StartedProcess
  let url: Promise<string>
  const begin = (): void => {
    child = startProcess('serve-events.ts', folder, key)
    url = child.line().then((line) => line ?? '')
  }
  begin()
  return {
    url: () => url,
    async killAndRestart() {
      await child.kill()
      begin()
    },
    end() {
      child.signal('SIGTERM')
      return child.exitCode()
    },
  }
}

/** Sends as a client does that repeats what was not acknowledged. */
async function sendUntilTaken(intake: Intake, number: number): Promise<void> {
  const body = JSON.stringify({
    messageId: `m${number}`,
    userId: `p${number % 40}@example.com`,
    event: 'visit',
    timestamp: new Date(1_760_000_000_000 + number).toISOString(),
  })
  const headers = { authorization: `Bearer ${key}` }
  for (;;) {
    try {
      const { status } = await httpRequest(`${await intake.url()}/v1/track`, {
        method: 'POST',
        headers,
        body,
      })
      if (status === 200) return
    } catch {
      // Killed: the address of the next process is waited for.
    }
  }
}

describe('a hub that takes events and is killed', () => {
  it('W02: keeps every acknowledged event once, and has them in the segment after the next cycle', async (context) => {
    await using folder = await createWorkspaceFolder({})
    const intake = anIntake(folder.path)
    await intake.url()
    let next = 0
    let taken = 0
    let killedAt: number | undefined
    const outages: number[] = []
    const send = async (): Promise<void> => {
      for (let number = next++; number < events; number = next++) {
        await sendUntilTaken(intake, number)
        taken += 1
        if (killedAt !== undefined) outages.push(performance.now() - killedAt)
        killedAt = undefined
        if (!kills.includes(taken)) continue
        killedAt = performance.now()
        await intake.killAndRestart()
      }
    }
    await Promise.all(Array.from({ length: lanes }, send))
    await intake.killAndRestart()
    await intake.url()
    expect(await intake.end()).toBe(0)
    const duckdb = await openDuckDb({ path: `${folder.path}/.affluent/warehouse.duckdb` })
    const row = await duckdb.one(
      `SELECT (SELECT count(*) FROM source_record WHERE connection = 'events') AS records,
         (SELECT count(DISTINCT message_id) FROM event) AS told, (SELECT count(*) FROM event) AS events,
         (SELECT count(*) FROM membership WHERE segment = 'visitors' AND exited_at IS NULL) AS members`,
    )
    duckdb.close()
    reportFigure(context, {
      check: 'W02',
      claim: `acknowledged events lost or kept twice over ${kills.length + 1} kills`,
      value: Math.abs(events - Number(row?.['records'])) + Math.abs(events - Number(row?.['events'])),
      of: events,
      target: '0',
    })
    reportFigure(context, {
      check: 'W02',
      claim: 'longest time from a kill until an event is acknowledged again',
      value: Math.round(Math.max(...outages)) / 1_000,
      unit: 's',
      target: 'told',
    })
    expect(outages).toHaveLength(kills.length)
    expect(row).toEqual({ records: 240n, told: 240n, events: 240n, members: 40n })
  })
})
