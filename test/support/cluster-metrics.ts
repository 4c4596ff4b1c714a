type Label = string | number

/** How a division of records into clusters compares with the truth: over pairs of records, and B-cubed (Bagga and Baldwin 1998). */
export interface ClusterMetrics {
  readonly clusters: number
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly bcubedPrecision: number
  readonly bcubedRecall: number
  readonly bcubedF1: number
}

const sizesOf = (labels: readonly Label[]): Map<Label, number> => {
  const sizes = new Map<Label, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  return sizes
}
const pairsWithin = (sizes: ReadonlyMap<Label, number>): number =>
  [...sizes.values()].reduce((pairs, size) => pairs + (size * (size - 1)) / 2, 0)
const harmonic = (precision: number, recall: number): number =>
  precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)

/** `predicted` and `truth`: one label for each record. */
export function clusterMetrics(predicted: readonly Label[], truth: readonly Label[]): ClusterMetrics {
  const [joined, real] = [sizesOf(predicted), sizesOf(truth)]
  const both = sizesOf(predicted.map((label, at) => JSON.stringify([label, truth[at]])))
  const tp = pairsWithin(both)
  const [fp, fn] = [pairsWithin(joined) - tp, pairsWithin(real) - tp]
  const [precision, recall] = [tp / (tp + fp), tp / (tp + fn)]
  let [bcubedPrecision, bcubedRecall] = [0, 0]
  for (const [at, label] of predicted.entries()) {
    const person = truth[at] ?? ''
    const shared = both.get(JSON.stringify([label, person])) ?? 0
    bcubedPrecision += shared / (joined.get(label) ?? 1) / predicted.length
    bcubedRecall += shared / (real.get(person) ?? 1) / predicted.length
  }
  return {
    clusters: joined.size,
    tp,
    fp,
    fn,
    precision,
    recall,
    f1: harmonic(precision, recall),
    bcubedPrecision,
    bcubedRecall,
    bcubedF1: harmonic(bcubedPrecision, bcubedRecall),
  }
}
