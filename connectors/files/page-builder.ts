import type { QuarantinedRow, SourcePage, SourceRecord } from '../../core/connector/source.ts'
import type { Position } from './block.ts'
import { toCursor } from './cursor.ts'
import { maxRawLength, type Row } from './row.ts'
import type { ConvertRow } from './to-record.ts'

/** Longest page in characters of its rows, so that a page of long rows does not fill the memory. */
const maxPageLength = 8 * 1024 * 1024

/** Gathers rows until a page is full. */
export class PageBuilder<Value> {
  /** Ids that occurred again within a page; the later row won. */
  repeatedIds = 0
  readonly #convert: ConvertRow<Value>
  readonly #fingerprint: string
  readonly #pageSize: number
  #records = new Map<string, SourceRecord>()
  #quarantined: QuarantinedRow[] = []
  #rows = 0
  #length = 0

  constructor(convert: ConvertRow<Value>, fingerprint: string, pageSize: number) {
    this.#convert = convert
    this.#fingerprint = fingerprint
    this.#pageSize = pageSize
  }

  get isFull(): boolean {
    return this.#rows >= this.#pageSize || this.#length >= maxPageLength
  }

  add(row: Row<Value>): void {
    this.#rows += 1
    this.#length += row.raw.length
    const converted = 'fault' in row ? row : this.#convert(row.value)
    if ('fault' in converted) {
      const raw = row.raw.slice(0, maxRawLength)
      this.#quarantined.push({ place: `line ${row.line}`, reason: converted.fault, raw })
      return
    }
    const before = this.#records.size
    this.#records.set(converted.externalId, converted)
    if (this.#records.size === before) this.#repeat(converted)
  }

  /** The later row also takes the later place. */
  #repeat(record: SourceRecord): void {
    this.repeatedIds += 1
    this.#records.delete(record.externalId)
    this.#records.set(record.externalId, record)
  }

  /** The page so far. `next`: where the first row that is not in it starts; null when there is none. */
  take(next: Position | null, progress: number): SourcePage {
    const page: SourcePage = {
      records: [...this.#records.values()],
      quarantined: this.#quarantined,
      cursor: toCursor(this.#fingerprint, next),
      progress,
    }
    this.#records = new Map()
    this.#quarantined = []
    this.#rows = 0
    this.#length = 0
    return page
  }
}
