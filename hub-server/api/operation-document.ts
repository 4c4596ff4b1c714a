import type { OperationRecord } from '../../core/port/request-store.ts'
import type { OperationDocument } from './contract/operation.ts'
import type { Caller } from './define-route.ts'
import { toToldError } from './told-error.ts'

/** An operation as the API shows it, in the reader's language. */
export function toOperationDocument(
  { sealedResult: _sealed, error, ...told }: OperationRecord,
  result: unknown,
  caller: Pick<Caller, 'principal' | 'translator'>,
): OperationDocument {
  return { ...told, result, error: toToldError(error, caller) }
}
