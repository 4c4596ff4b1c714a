import { resolve } from 'node:path'
import type { Finding } from '../../operation/doctor/doctor-desk.ts'
import { examine } from '../../operation/doctor/examine.ts'
import { withDoctorDesk } from '../../operation/doctor/open-doctor-desk.ts'
import { writeBundle } from '../../operation/doctor/support-bundle.ts'
import { thisMachine } from '../../operation/doctor/this-machine.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Looks for what is wrong and says how to mend it. It reads the files, not the hub, so it works whether the hub runs, does not, or cannot. Exits with 1 when
 * something must be mended.
 */
export const doctor: CommandAction = async ({ terminal, config, clock, folder, currentFolder }, input) => {
  const { t } = terminal.translator
  const machine = thisMachine(config.env)
  const bundle = optionValue(input, 'bundle')
  const findings = await withDoctorDesk({ folder, config, clock, machine }, async (desk) => {
    const found = await examine(desk)
    if (bundle !== undefined) await writeBundle(resolve(currentFolder, bundle), desk, found)
    return found
  })
  terminal.document('findings', { findings: findings.map((finding) => toDocument(finding, terminal)) })
  for (const finding of findings) show(finding, terminal)
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length
  const numbers = { faults: count('fault'), warnings: count('warning'), number: findings.length }
  const isFine = numbers.faults + numbers.warnings === 0
  terminal.say(t(isFine ? 'doctor.all_fine' : 'doctor.some', numbers))
  if (bundle !== undefined) terminal.say(t('doctor.bundle', { file: bundle }))
  return numbers.faults === 0 ? exitCode.done : exitCode.failed
}

const signs = {
  ok: ['green', '✔'],
  warning: ['yellow', '!'],
  fault: ['red', '✖'],
  skipped: ['dim', '·'],
} as const

function toDocument({ check, state, params }: Finding, { translator: { t } }: Terminal): object {
  const isTold = state === 'warning' || state === 'fault'
  return {
    check,
    state,
    title: t(`doctor.checks.${check}.title`),
    found: isTold ? wordsOf({ check, state, params }, t) : null,
    remedy: isTold ? t(`doctor.checks.${check}.remedy`, params) : null,
    params,
  }
}

const wordsOf = ({ check, params }: Finding, t: Terminal['translator']['t']): string =>
  t(params['broken'] === undefined ? `doctor.checks.${check}.found` : 'doctor.broken', params)

function show(finding: Finding, terminal: Terminal): void {
  const { t } = terminal.translator
  const { check, state, params } = finding
  const [style, sign] = signs[state]
  terminal.say(`${terminal.style(style, sign)} ${t(`doctor.checks.${check}.title`)}`)
  if (state === 'ok' || state === 'skipped') return
  terminal.say(`  ${wordsOf(finding, t)}`)
  terminal.say(`  ${t('doctor.remedy', { remedy: t(`doctor.checks.${check}.remedy`, params) })}`)
}
