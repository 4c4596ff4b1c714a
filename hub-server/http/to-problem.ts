import { toAffluentError, type AffluentError } from '../../core/errors/affluent-error.ts'
import type { Problem } from '../api/contract/problem.ts'
import { InvalidRequest } from '../api/invalid-request.ts'
import { safeParams } from '../api/safe-params.ts'
import type { Translator } from '../locales/translate.ts'
import { ManifestFaults } from '../manifest/manifest-fault.ts'

/** Who is told, and in which language. */
export interface ProblemReader {
  readonly requestId: string
  readonly translator: Translator
  /** True for the person at this machine, who may read what names it: paths, and the words of platforms. */
  readonly isLocal: boolean
}

/** Makes the problem document of an error: its code decides the words, its params fill them as far as they may leave the hub. */
export function toProblem(error: AffluentError, { requestId, translator, isLocal }: ProblemReader): Problem {
  const params = isLocal ? error.params : safeParams(error)
  const { title, repair } = translator.error({ code: error.code, params })
  return {
    type: `urn:affluent:problem:${error.code}`,
    title,
    status: error.rule.http,
    detail: repair,
    instance: `urn:uuid:${requestId}`,
    code: error.code,
    ...(Object.keys(params).length > 0 && { params }),
    ...(error instanceof InvalidRequest && { errors: toExpectations(error, translator) }),
    ...(error instanceof ManifestFaults && { faults: toFaults(error, translator) }),
  }
}

function toExpectations({ faults }: InvalidRequest, { t }: Translator): NonNullable<Problem['errors']> {
  return faults.map(({ parameter, expected: { key, params } }) => ({
    parameter,
    expected: t(`api:expected.${key}`, params),
  }))
}

/** Most faults that are told at once. */
const mostFaults = 50

function toFaults({ faults }: ManifestFaults, translator: Translator): NonNullable<Problem['faults']> {
  return faults.slice(0, mostFaults).map(({ file, line, column, path, code, params }) => ({
    file,
    line,
    column,
    path,
    code,
    params: { ...params },
    ...translator.error({ code, params }),
  }))
}

/** Express refuses addresses it cannot decode with an error of its own that carries a status. */
export function fromThrown(thrown: unknown): AffluentError {
  const isClientFault =
    thrown instanceof Error &&
    'status' in thrown &&
    Number(thrown.status) >= 400 &&
    Number(thrown.status) < 500
  return isClientFault ? new InvalidRequest([]) : toAffluentError(thrown, 'answering a request')
}
