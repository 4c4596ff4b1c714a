import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import { InvalidRequest } from '../api/invalid-request.ts'
import { ManifestFaults, type ManifestFault } from '../manifest/manifest-fault.ts'
import type { Terminal } from './terminal.ts'

/**
 * Tells a person what went wrong, where, and what to do; as one document with `--json`. Returns the exit code. An error nobody
 * foresaw shows its stack only with `--verbose`.
 */
export function reportError(terminal: Terminal, thrown: unknown, verbose: boolean): number {
  const error = withExpectations(toAffluentError(thrown, terminal.translator.t('acts.command')), terminal)
  if (error instanceof ManifestFaults) reportFaults(terminal, error)
  else reportOne(terminal, error)
  if (verbose && error.code === 'internal.unexpected') terminal.note(stackOf(error))
  return error.rule.exit
}

/** A request that does not fit says of each part what would: there is no document beside the words here. */
function withExpectations(error: AffluentError, { translator: { t } }: Terminal): AffluentError {
  if (!(error instanceof InvalidRequest) || error.faults.length === 0) return error
  const expected = error.faults.map(({ parameter, expected: { key, params } }) =>
    [parameter, t(`api:expected.${key}`, params)].join(': '),
  )
  return new AffluentError(error.code, { ...error.params, expected: expected.join('; ') })
}

function reportOne(terminal: Terminal, error: AffluentError): void {
  const { title, repair } = terminal.translator.error(error)
  terminal.document('error', { code: error.code, exit: error.rule.exit, title, repair, params: error.params })
  if (terminal.json) return
  terminal.note(`${terminal.style('red', '✖')} ${terminal.style('bold', title)}`)
  terminal.note(`  ${repair}`)
}

function reportFaults(terminal: Terminal, error: ManifestFaults): void {
  const { translator } = terminal
  const faults = error.faults.map((fault) => ({ ...fault, ...translator.error(fault) }))
  terminal.document('error', {
    code: error.code,
    exit: error.rule.exit,
    title: translator.error(error).title,
    faults,
  })
  if (terminal.json) return
  for (const fault of faults) {
    terminal.note(`${terminal.style('cyan', placeOf(fault))} ${fault.title}`)
    terminal.note(`  ${fault.repair}`)
  }
  terminal.note('')
  terminal.note(`${terminal.style('red', '✖')} ${translator.error(error).title}`)
}

const placeOf = (fault: ManifestFault): string => `${fault.file}:${fault.line}:${fault.column}`

function stackOf(error: AffluentError): string {
  const cause = error.cause instanceof Error ? error.cause : error
  return cause.stack ?? cause.message
}
