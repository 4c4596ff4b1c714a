import type { SourcePage } from '../connector/source.ts'

/**
 * Gives the pages of a source in order and goes on reading while the last is worked on. What has come in by then is given as one page, of
 * `mostRecords` and the page that reaches them at most: a platform's pages of a hundred are then not written one by one, and nothing
 * waits for more pages to come. An error of the source surfaces after the pages before it.
 */
export async function* gatherPages(
  pages: AsyncIterable<SourcePage>,
  mostRecords: number,
): AsyncGenerator<SourcePage> {
  const iterator = pages[Symbol.asyncIterator]()
  const held = new HeldPages(mostRecords)
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
  readonly #mostRecords: number
  #pages: SourcePage[] = []
  #ended = false
  #moved = Promise.withResolvers<undefined>()

  constructor(mostRecords: number) {
    this.#mostRecords = mostRecords
  }

  /** Reads until the end, pausing while enough is held. Rejects with the source's error. */
  async fillFrom(iterator: AsyncIterator<SourcePage>): Promise<void> {
    try {
      while (!this.#ended) {
        const next = await iterator.next()
        if (next.done === true) return
        this.#pages.push(next.value)
        this.#move()
        while (!this.#ended && this.#isFull()) await this.#moved.promise
      }
    } finally {
      this.close()
    }
  }

  /** All that is held, as one page; waits for the first. Undefined at the end. */
  async take(): Promise<SourcePage | undefined> {
    while (this.#pages.length === 0 && !this.#ended) await this.#moved.promise
    const taken = this.#pages.splice(0)
    this.#move()
    return join(taken)
  }

  /** Nothing more is read. */
  close(): void {
    this.#ended = true
    this.#move()
  }

  #isFull(): boolean {
    return this.#pages.reduce((sum, { records }) => sum + records.length, 0) >= this.#mostRecords
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
