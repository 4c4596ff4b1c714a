import type { SourcePage } from '../connector/source.ts'

/**
 * Writes the pages of a source in order and gives each once it is written. The next one is handed to `write` meanwhile, if it is there by
 * then, so that what prepares a page need not wait for the store. An error of the source surfaces after the pages before it; no write is
 * under way any more when this ends.
 */
export async function* writeAhead(
  pages: AsyncIterable<SourcePage>,
  write: (page: SourcePage) => Promise<void>,
): AsyncGenerator<SourcePage> {
  const iterator = pages[Symbol.asyncIterator]()
  let underWay: WrittenPage | undefined
  try {
    for (;;) {
      const next = settle(iterator.next())
      if (underWay && (await Promise.race([next, underWay.written])) === undefined) {
        yield underWay.page
        underWay = undefined
      }
      const { page, failure } = await next
      const before = underWay
      underWay = page && begin(page, write)
      await before?.written
      if (before) yield before.page
      if (failure) throw failure.cause
      if (!page) return
    }
  } finally {
    await underWay?.written.catch(() => undefined)
    await iterator.return?.()
  }
}

interface WrittenPage {
  readonly page: SourcePage
  readonly written: Promise<void>
}

/** What asking for a page came to; neither: there is none. */
interface Asked {
  readonly page?: SourcePage
  readonly failure?: { readonly cause: unknown }
}

/** A write that fails is reported when its turn comes. */
function begin(page: SourcePage, write: (page: SourcePage) => Promise<void>): WrittenPage {
  const written = write(page)
  written.catch(() => undefined)
  return { page, written }
}

async function settle(asked: Promise<IteratorResult<SourcePage>>): Promise<Asked> {
  try {
    const { done, value } = await asked
    return done === true ? {} : { page: value }
  } catch (cause) {
    return { failure: { cause } }
  }
}
