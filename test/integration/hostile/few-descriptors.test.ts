import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { runCli } from '../../support/run-cli.ts'
import { spawnChild } from '../../support/spawn-child.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const main = fileURLToPath(new URL('../../../hub-server/main.ts', import.meta.url))
const schema = {
  kind: 'profile_schema',
  version: 1,
  name: 'main',
  traits: { plan: { type: 'text' } },
  identifiers: { user_id: { form: 'exact' } },
  source_priority: ['events'],
}

/** The status of an answer over the one connection of this agent. */
function askOn(agent: Agent, url: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    }).once('error', reject)
  })
}

it('R25: with 256 file descriptors the hub refuses what is too much and goes on', async (context) => {
  await using folder = await createWorkspaceFolder({ 'manifests/all.json': [schema] })
  expect((await runCli(['apply', '--yes'], { cwd: folder.path })).code).toBe(0)
  const command = `ulimit -n 256 && exec "${process.execPath}" "${main}" serve --port 0`
  const hub = spawnChild('/bin/sh', ['-c', command], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], AFFLUENT_LANG: 'en' },
  })
  onTestFinished(() => void hub.kill('SIGKILL'))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    const look = (text: Buffer): void => {
      said += String(text)
      const found = /(http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    }
    hub.stdout.on('data', look)
    hub.stderr.on('data', look)
    hub.once('exit', () => reject(new Error(`ended: ${said}`)))
  })
  // Somebody who was connected before goes on being served.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const token = (await readFile(join(folder.path, '.affluent/local-token'), 'utf8')).trim()
  const ask = (): Promise<number> => askOn(agent, `${url}/v1/runs`, token)
  expect(await ask()).toBe(200)
  const sockets: Socket[] = []
  for (let index = 0; index < 400; index += 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  }
  const isUp = hub.exitCode === null
  const meanwhile = await Promise.all(Array.from({ length: 10 }, ask))
  const closed = sockets.map((socket) => (socket.closed ? Promise.resolve() : once(socket, 'close')))
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
  const after = await httpRequest(`${url}/livez`)
  reportFigure(context, {
    check: 'R25',
    claim: 'crashes or refusals afterwards, of a hub that 400 callers took all descriptors of',
    value: isUp && after.status === 200 ? 0 : 1,
    of: 1,
    target: '0',
  })
  reportFigure(context, {
    check: 'R25',
    claim: 'requests of a caller who was connected before that were not answered meanwhile',
    value: meanwhile.filter((status) => status !== 200).length,
    of: meanwhile.length,
    target: '0',
  })
  expect(meanwhile).toEqual(meanwhile.map(() => 200))
  expect([isUp, after.status]).toEqual([true, 200])
  const ended = once(hub, 'exit')
  hub.kill('SIGTERM')
  expect((await ended)[0]).toBe(0)
})
