import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { readCheckpoints } from '../../audit/checkpoint-file.ts'
import { verifyAudit, type AuditProof } from '../../audit/verify-audit.ts'
import { dataPaths } from '../../data-paths.ts'
import { openControlStore } from '../../store/open-control-store.ts'
import { optionValue, type CommandAction, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/**
 * Checks the audit log's chain, its end and its checkpoints, and names the first bad entry. Reads only the files, so it works beside a
 * running hub and on a store that the hub refuses to open.
 */
export const verifyAuditLog: CommandAction = async ({ terminal, folder, clock, currentFolder }, input) => {
  const { control } = dataPaths(folder)
  if (!existsSync(control)) throw new AffluentError('run.not_applied', { act: 'reading the audit log' })
  const proof = readProof(currentFolder, input)
  const store = await openControlStore(control, clock, { inspect: true })
  try {
    const report = await verifyAudit(store, control, proof)
    const { t } = terminal.translator
    terminal.document('audit_verification', { ...report })
    if (report.ok) {
      const text = t('audit.intact', { count: report.entries, entries: terminal.number(report.entries) })
      terminal.say(`${terminal.style('green', '✔')} ${text}`)
      if (report.checkpoints > 0) terminal.say(`  ${t('audit.agrees', { count: report.checkpoints })}`)
      terminal.say(terminal.style('dim', `  ${report.head.hash}`))
      return exitCode.done
    }
    const problem = t(`audit.${report.problem}`, { number: report.number })
    terminal.say(`${terminal.style('red', '✖')} ${t('audit.broken', { number: report.number, problem })}`)
    terminal.say(`  ${t('audit.repair')}`)
    return exitCode.failed
  } finally {
    await store.close()
  }
}

function readProof(currentFolder: string, input: CommandInput): AuditProof {
  const file = optionValue(input, 'checkpoints')
  return {
    checkpoints: file === undefined ? [] : readCheckpoints(resolve(currentFolder, file)),
    publicKey: optionValue(input, 'key'),
  }
}
