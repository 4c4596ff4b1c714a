#!/usr/bin/env node
// The one file that any Node can read. Affluent runs TypeScript as it is, which needs Node 24.12 or newer: when this Node is
// older, the Node that comes with the package takes over; when there is none, say clearly what is wrong.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const needed = [24, 12]
const [major, minor] = process.versions.node.split('.').map(Number)
const packaged = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))
const isNewEnough = major > needed[0] || (major === needed[0] && minor >= needed[1])

// Each question that the warehouse works on takes a thread of Node's pool. Of the usual four, a few long ones leave none for the short ones.
process.env.UV_THREADPOOL_SIZE ??= '16'

if (isNewEnough) {
  // Compiled code is kept between starts: half of the time to the first line of --help.
  module.enableCompileCache()
  await import('../main.ts')
} else if (existsSync(packaged)) {
  handOver()
} else {
  explain()
}

function handOver() {
  const child = spawn(packaged, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  // The terminal sends Ctrl-C to both; a supervisor knows only this process. Either way the child decides when to end.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

function explain() {
  const isFrench = /^fr/i.test(process.env.AFFLUENT_LANG || process.env.LC_ALL || process.env.LANG || '')
  process.stderr.write(
    isFrench
      ? `Affluent a besoin de Node ${needed.join('.')} ou plus récent ; celui-ci est ${process.versions.node}. ` +
          'Lancez « npm install » dans le dossier d’Affluent : il apporte le bon Node. Sinon, installez Node 24.\n'
      : `Affluent needs Node ${needed.join('.')} or newer; this one is ${process.versions.node}. ` +
          'Run "npm install" in Affluent’s folder: it brings the right Node. Or install Node 24.\n',
  )
  process.exitCode = 1
}
