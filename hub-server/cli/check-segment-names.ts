import { AffluentError } from '../../core/errors/affluent-error.ts'
import { checkName } from '../../core/segment/check-name.ts'

/** Throws `segment.unknown_name`, with the name that was probably meant, for the first name that is none of the known ones. */
export function checkSegmentNames(names: readonly string[], known: ReadonlySet<string>): void {
  const [fault] = names.flatMap((name) => checkName('segment', name, known, []))
  if (fault) throw new AffluentError(fault.code, fault.params)
}
