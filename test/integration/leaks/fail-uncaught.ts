import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startCli } from '../../support/run-cli.ts'
import { tell, type CommandWorld } from './a-marked-hub.ts'
import { markedSecret } from './marks.ts'
import { emailOf } from './planting.ts'

/** Begun inside of the process: a diagnostic report, then a promise that fails and that nobody waits for. */
const toFault = (report: string, text: string): string => `
process.on('SIGWINCH', () => {
  process.report.writeReport(${JSON.stringify(report)})
  const fault = new TypeError(${JSON.stringify(text)})
  fault.code = ${JSON.stringify(text)}
  fault.stack = fault.stack.split('\\n')[0] + '\\n    at work (file:///opt/affluent/hub-server/worker/run-cycle.ts:12:3)'
  Promise.reject(fault)
})`

/** A hub in a process of its own that ends by a fault that nobody caught, and what the system shows of it while it runs. Returns its exit code. */
export async function failUncaught({ folder, env, told }: CommandWorld): Promise<number | null> {
  const preload = join(folder, 'fault.mjs')
  const report = join(folder, 'alone-report.json')
  await writeFile(preload, toFault(report, `${emailOf(12)} ${markedSecret(45)}`))
  const options = { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` }
  const words = ['serve', '--port', '0', '--workspace', folder]
  const hub = startCli(words, { env: { ...env, ...options, AFFLUENT_PUBLIC_URL: '' } })
  await hub.seen(/Ctrl-C/)
  for (const file of ['cmdline', 'comm', 'stat', 'status'])
    tell(told, `process: ${file}`, await readFile(`/proc/${hub.child.pid}/${file}`, 'utf8'))
  hub.child.kill('SIGWINCH')
  const { code, out, err } = await hub.ended()
  tell(told, 'output of a hub that fails', out)
  tell(told, 'errors of a hub that fails', err)
  return code
}
