import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import type { Finding } from '../../../hub-server/operation/doctor/doctor-desk.ts'
import { doctorChecks } from '../../../hub-server/operation/doctor/examine.ts'
import { thisMachine } from '../../../hub-server/operation/doctor/this-machine.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { examineHub, faults, key, withRun, type Planted } from './planted-faults.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'affluent-doctor-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const look = (planted: Planted) => examineHub(root, planted)

const bad = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state === 'fault' || state === 'warning')

describe('affluent doctor', () => {
  it('finds nothing to mend in a hub that is well', async () => {
    const { findings } = await look({})
    expect(bad(findings)).toEqual([])
    expect(findings.length).toBeGreaterThanOrEqual(25)
  })

  it('U05: finds each of the planted faults, and has a remedy for it in both languages', async (context) => {
    const missed: string[] = []
    const languages = [createTranslator('en'), createTranslator('fr')]
    for (const [check, planted] of faults) {
      const { findings } = await look(planted)
      const finding = bad(findings).find((one) => one.check === check)
      const words = languages.map(({ t }) => t(`doctor.checks.${check}.remedy`, finding?.params))
      const isTold = words.every(
        (text) => text.length > 10 && !text.includes('{{') && !text.includes('doctor.'),
      )
      if (!finding || !isTold) missed.push(check)
    }
    reportFigure(context, {
      check: 'U05',
      claim: 'planted faults found, each with a remedy',
      value: faults.length - missed.length,
      of: faults.length,
      target: 'all',
    })
    expect(missed).toEqual([])
  })

  it('has a planted fault for every check but the queue of events, which takes a gigabyte', () => {
    const untried = doctorChecks
      .map(({ name }) => name)
      .filter((name) => !faults.some(([check]) => check === name))
    expect(untried).toEqual(['event_queue'])
  })

  it('writes a bundle without a secret, a rule or a value of a setting', async () => {
    const { bundle } = await look({
      store: withRun({ error: { code: 'platform.auth_expired', params: { said: 'ada@example.com' } } }),
    })
    expect(bundle).toContain('affluent-support/findings.json')
    expect(bundle).toContain('AFFLUENT_SECRET_KEY')
    for (const secret of [key, 'not-to-be-told', 'hooks.example.com', 'ada@example.com', 'granted'])
      expect(bundle).not.toContain(secret)
  })

  it('looks at this machine: a port that is taken, a folder that can be written', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const here = thisMachine({})
    expect(await here.tryListen('127.0.0.1', port)).toBe('EADDRINUSE')
    expect(await here.tryConnect('127.0.0.1', port)).toBeUndefined()
    await new Promise((resolve) => server.close(resolve))
    expect(await here.tryConnect('127.0.0.1', port)).toBe('ECONNREFUSED')
    expect([here.tryWrite(root), here.tryWrite(join(root, 'nothing'))]).toEqual([undefined, 'ENOENT'])
    expect(here.disk(root).free).toBeGreaterThan(0)
    expect(here.memoryMb).toBeGreaterThan(100)
  })
})
