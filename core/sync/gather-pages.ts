import type { SourcePage } from '../connector/source.ts'

/**
 * Gives the pages of a source in order and goes on reading while the last is worked on. The first is given at once; those that follow come
 * together, of `fullRecords` and the page that reaches them at most: what a transaction costs is then shared by many, and not by the
 * hundred records of a platform's page. An error of the source surfaces after the pages before it.
 */
export async function* gatherPages(
  pages: AsyncIterable<SourcePage>,
  fullRecords: number,
): AsyncGenerator<SourcePage> {
  const iterator = pages[Symbol.asyncIterator]()
  const held = new HeldPages(fullRecords)
  const reading = held.fillFrom(iterator)
  // Thrown below, when its turn comes; until then it must not count as unhandled.
  reading.catch(() => undefined)
  try {
    for (let page = await held.take(); page; page = await held.take()) yield page
    await reading
  } finally {
    held.close()
    await iterator.return?.()
  }
}

/** Pages that were read and not yet worked on. */
class HeldPages {
  readonly #fullRecords: number
  #pages: SourcePage[] = []
  /** Of what is held. A page without records counts as well, or many of them would be held for ever. */
  #rows = 0
  #isFirst = true
  #ended = false
  #moved = Promise.withResolvers<undefined>()

  constructor(fullRecords: number) {
    this.#fullRecords = fullRecords
  }

  /** Reads until the end, pausing while enough is held. Rejects with the source's error. */
  async fillFrom(iterator: AsyncIterator<SourcePage>): Promise<void> {
    try {
      while (!this.#ended) {
        const next = await iterator.next()
        if (next.done === true) return
        this.#pages.push(next.value)
        this.#rows += Math.max(1, next.value.records.length + next.value.quarantined.length)
        this.#move()
        while (!this.#ended && this.#rows >= this.#fullRecords) await this.#moved.promise
      }
    } finally {
      this.close()
    }
  }

  /** All that is held, as one page, once that is enough. Undefined at the end. */
  async take(): Promise<SourcePage | undefined> {
    const enough = this.#isFirst ? 1 : this.#fullRecords
    while (this.#rows < enough && !this.#ended) await this.#moved.promise
    const taken = this.#pages.splice(0)
    this.#rows = 0
    this.#isFirst = false
    this.#move()
    return join(taken)
  }

  /** Nothing more is read. */
  close(): void {
    this.#ended = true
    this.#move()
  }

  #move(): void {
    this.#moved.resolve(undefined)
    this.#moved = Promise.withResolvers<undefined>()
  }
}

function join(pages: readonly SourcePage[]): SourcePage | undefined {
  const last = pages.at(-1)
  if (!last || pages.length === 1) return last
  return {
    ...last,
    records: pages.flatMap(({ records }) => records),
    quarantined: pages.flatMap(({ quarantined }) => quarantined),
  }
}
