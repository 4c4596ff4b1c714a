import { existsSync } from 'node:fs'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { dataPaths } from '../../data-paths.ts'
import { openControlStore } from '../../store/open-control-store.ts'
import { verifyAudit } from '../../audit/verify-audit.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** Checks the audit log's chain and its end, and names the first bad entry. Reads only, so it works beside a running hub. */
export const verifyAuditLog: CommandAction = async ({ terminal, folder, clock }) => {
  const { control } = dataPaths(folder)
  if (!existsSync(control)) throw new AffluentError('run.not_applied', { act: 'reading the audit log' })
  const store = await openControlStore(control, clock, { inspect: true })
  try {
    const report = await verifyAudit(store, control)
    const { t } = terminal.translator
    terminal.document('audit_verification', { ...report })
    if (report.ok) {
      const text = t('audit.intact', { count: report.entries, entries: terminal.number(report.entries) })
      terminal.say(`${terminal.style('green', '✔')} ${text}`)
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
