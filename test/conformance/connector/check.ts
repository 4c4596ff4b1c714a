import { it } from 'vitest'

/**
 * A test of an optional part. A part that the connector does not offer is skipped with kind and reason; `never` means that the
 * connector does not claim it, so there is nothing to hold it to.
 */
export function check(
  name: string,
  part: { readonly when: boolean; readonly never: string; readonly test: () => Promise<void> },
): void {
  const title = part.when ? name : `${name} [never: ${part.never}]`
  // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- title and assertions are the caller's
  it.skipIf(!part.when)(title, part.test)
}
