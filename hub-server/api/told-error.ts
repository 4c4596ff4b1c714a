import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import type { Principal } from '../access/principal.ts'
import type { Translator } from '../locales/translate.ts'
import type { StoredError } from './contract/error.ts'
import { safeParams } from './safe-params.ts'

/** Why something did not work, in the reader's language. Whoever is at this machine may see everything; others no paths and no platform's words. */
export function toToldError(
  error: { readonly code: ErrorCode; readonly params: ErrorParams } | null,
  { principal, translator }: { readonly principal: Principal; readonly translator: Translator },
): StoredError | null {
  if (!error) return null
  const params = principal.kind === 'local' ? error.params : safeParams(error)
  return { code: error.code, params, ...translator.error({ code: error.code, params }) }
}
