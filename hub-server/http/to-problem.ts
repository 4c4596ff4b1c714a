import { toAffluentError, type AffluentError, type ErrorParams } from '../../core/errors/affluent-error.ts'
import type { Problem } from '../api/contract/problem.ts'
import { InvalidRequest } from '../api/invalid-request.ts'
import type { Translator } from '../locales/translate.ts'

/**
 * Makes the problem document of an error. Only the code decides its words: params can hold paths or a platform's text, so of other
 * errors than the API's own none but numbers are filled in.
 */
export function toProblem(error: AffluentError, requestId: string, translator: Translator): Problem {
  const { title, repair } = translator.error({ code: error.code, params: safeParams(error) })
  return {
    type: `urn:affluent:problem:${error.code}`,
    title,
    status: error.rule.http,
    detail: repair,
    instance: `urn:uuid:${requestId}`,
    code: error.code,
    ...(error instanceof InvalidRequest && {
      errors: error.faults.map(({ parameter, expected: { key, params } }) => ({
        parameter,
        expected: translator.t(`api:expected.${key}`, params),
      })),
    }),
  }
}

function safeParams(error: AffluentError): ErrorParams {
  return Object.fromEntries(Object.entries(error.params).filter(([, value]) => typeof value === 'number'))
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
