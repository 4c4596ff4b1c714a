#!/usr/bin/env node
// The one file that any Node can read. Affluent runs TypeScript as it is, which needs Node 24.12 or newer: when this Node is
// older, the Node that comes with the package takes over; when there is none, say clearly what is wrong.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const needed = [24, 12]
const [major, minor] = process.versions.node.split('.').map(Number)
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const packaged = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))
const isNewEnough = major > needed[0] || (major === needed[0] && minor >= needed[1])

if (isNewEnough) {
  await import(main)
} else if (existsSync(packaged)) {
  const { status, signal } = spawnSync(packaged, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = signal ? 130 : (status ?? 1)
} else {
  const isFrench = /^fr/i.test(process.env.AFFLUENT_LANG || process.env.LC_ALL || process.env.LANG || '')
  process.stderr.write(
    isFrench
      ? `Affluent a besoin de Node ${needed.join('.')} ou plus récent ; celui-ci est ${process.versions.node}. ` +
          'Lancez « npm install » dans le dossier d’Affluent : il apporte le bon Node. Sinon, installez Node 24.\n'
      : `Affluent needs Node ${needed.join('.')} or newer; this one is ${process.versions.node}. ` +
          'Run "npm install" in Affluent’s folder: it brings the right Node. Or install Node 24.\n',
  )
  process.exitCode = 1
}
