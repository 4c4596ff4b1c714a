import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { settingNames } from '../../../hub-server/config.ts'
import { lastDays } from '../../../hub-server/operation/doctor/api-versions.ts'
import {
  counterDefinitions,
  durationDefinitions,
  gaugeDefinitions,
} from '../../../hub-server/telemetry/metric-definitions.ts'

const read = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')

describe('docs/operation.md', () => {
  it('has one line for every setting of the environment, and none else', async () => {
    const text = await read('docs/operation.md')
    const table = text.slice(text.indexOf('## Settings'))
    const named = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name)
    expect(new Set(named)).toEqual(new Set(settingNames))
    expect(named).toHaveLength(settingNames.length)
  })
})

describe('alert rules', () => {
  it('ask for metrics that the hub has', async () => {
    const rules = await read('hub-server/deploy/alert-rules.yml')
    const definitions = [counterDefinitions, durationDefinitions, gaugeDefinitions].flatMap((all) =>
      Object.values(all),
    )
    const known = new Set<string>(definitions.map(({ name }) => name))
    const asked = new Set([...rules.matchAll(/affluent_[a-z_]+/g)].map(([name]) => name))
    expect([...asked].filter((name) => !known.has(name))).toEqual([])
    const wanted = [
      'oldest_pending',
      'syncs_overdue',
      'rejected',
      'ambiguous_batches',
      'audit_checkpoint_age',
      'token_refreshes',
      'disk_reserve',
      'ingest_refusing',
    ]
    expect(wanted.filter((name) => !rules.includes(name))).toEqual([])
  })
})

describe('metrics', () => {
  it('have names with one prefix and a base unit, and labels that name no person', () => {
    const all = [...Object.values(counterDefinitions), ...Object.values(durationDefinitions)]
    for (const { name } of Object.values(counterDefinitions)) expect(name).toMatch(/^affluent_[a-z_]+_total$/)
    for (const { name } of Object.values(durationDefinitions))
      expect(name).toMatch(/^affluent_[a-z_]+_seconds$/)
    const gauges = Object.values(gaugeDefinitions)
    for (const { name } of gauges) expect(name).toMatch(/^affluent_[a-z_]+$/)
    const labels = new Set([...all, ...gauges].flatMap(({ labels: own }) => [...own]))
    const allowed = [
      'connector',
      'fate',
      'kind',
      'method',
      'outcome',
      'result',
      'route',
      'state',
      'status_class',
      'store',
    ]
    expect([...labels].filter((label) => !allowed.includes(label))).toEqual([])
  })
})

describe('the Dockerfile', () => {
  it('keeps to the rules that matter: pinned, two stages, no root, no secret, a sign of life', async () => {
    const lines = (await read('hub-server/deploy/Dockerfile'))
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `))
    const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: { node: string } }
    // The very Node that the lock file installs: neither "latest" nor another one.
    for (const from of of('FROM'))
      expect(from).toMatch(new RegExp(`^FROM node:${dependencies.node}-[a-z]+-slim`))
    expect(of('FROM')).toHaveLength(2)
    expect(of('ADD')).toEqual([])
    expect(lines.findLastIndex((line) => line === 'USER node')).toBeGreaterThan(
      lines.findLastIndex((line) => line.startsWith('RUN ')),
    )
    expect(of('USER')).toEqual(['USER node'])
    expect(of('HEALTHCHECK')[0]).toContain('/livez')
    for (const word of ['ENTRYPOINT', 'CMD']) for (const line of of(word)) expect(line).toMatch(/^\w+ \["/)
    expect(of('RUN').join()).toContain('npm ci --omit=dev')
    expect(lines.join('\n')).not.toMatch(/(?:KEY|TOKEN|PASSWORD|SECRET)=(?!\/)/)
    expect(of('COPY').join()).not.toMatch(/COPY (?:\.|test|docs) /)
  })
})

describe('the systemd unit', () => {
  it('runs without privileges, writes only its state, and stops gracefully', async () => {
    const unit = await read('hub-server/deploy/affluent.service')
    for (const line of [
      'User=affluent',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
      'StateDirectoryMode=0700',
      'KillSignal=SIGTERM',
      'RestartPreventExitStatus=75 78',
    ])
      expect(unit.split('\n')).toContain(line)
    const [, seconds = '0'] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? []
    expect(Number(seconds)).toBeGreaterThan(20)
    expect(unit).not.toMatch(/^Environment=.*(?:TOKEN|PASSWORD|SECRET_KEY)=/m)
  })
})

describe('the table of API versions', () => {
  it('has days that are days', () => {
    for (const versions of Object.values(lastDays))
      for (const day of Object.values(versions)) expect(new Date(day).toISOString().slice(0, 10)).toBe(day)
  })
})
