/** Scored pairs, the heaviest first. `left` and `right` are positions below `records`. */
export interface WeighedPairs {
  readonly records: number
  readonly left: Int32Array
  readonly right: Int32Array
  readonly weight: Float32Array
}
