import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { httpRequest } from '../support/http-request.ts'
import { runCli, startCli } from '../support/run-cli.ts'
import { createWorkspaceFolder } from '../support/workspace-folder.ts'

const schema = {
  kind: 'profile_schema',
  version: 1,
  name: 'main',
  traits: { plan: { type: 'text' } },
  identifiers: { user_id: { form: 'exact' } },
  source_priority: ['events'],
}
const mapping = {
  kind: 'mapping',
  version: 1,
  name: 'site-identify',
  connection: 'events',
  stream: 'identify',
  identifiers: { user_id: { from: 'userId' } },
  traits: { plan: { from: 'traits.plan' } },
}

describe('events from the command line', () => {
  it('are taken with a key that was made there, shown masked, and become profiles in the next run', async () => {
    await using folder = await createWorkspaceFolder({ 'manifests/all.json': [schema, mapping] })
    const cwd = folder.path
    expect((await runCli(['apply', '--yes'], { cwd })).code).toBe(0)
    const made = await runCli(['keys', 'create', '--write', 'website', '--json'], { cwd })
    const { key, id } = z.object({ key: z.string(), id: z.string() }).parse(JSON.parse(made.out))
    expect((await runCli(['keys', 'list'], { cwd })).out).toContain(id)
    const hub = startCli(['serve', '--port', '0'], { cwd })
    const [, url = ''] = await hub.seen(/(http:\/\/[\d.]+:\d+)/)
    const body = { writeKey: key, userId: 'ada@example.com', traits: { plan: 'pro' } }
    const answer = await httpRequest(`${url}/v1/identify`, { method: 'POST', body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
    const tail = await runCli(['events', 'tail', '--once'], { cwd })
    expect(tail.out).toMatch(/website {2}identify {2}a…@e….com \{plan\}/)
    expect(tail.out).not.toContain('ada@example.com')
    hub.child.kill('SIGTERM')
    expect((await hub.ended()).code).toBe(0)
    expect((await runCli(['run'], { cwd })).code).toBe(0)
    const shown = await runCli(['profiles', 'show', 'ada@example.com'], { cwd })
    expect(shown.out).toContain('pro')
    const audit = await runCli(['audit', 'verify'], { cwd })
    expect(audit.code).toBe(0)
    expect((await runCli(['keys', 'revoke', id], { cwd })).code).toBe(0)
  }, 120_000)
})
