import { array, assert, constant, constantFrom, integer, oneof, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imputeColumns, imputeNearest, modesOf } from '../../../core/quality/impute.ts'

const hole = Number.NaN

describe('imputation', () => {
  it('fills with the most frequent value, of several the smallest', () => {
    expect(imputeColumns([[2], [2], [1], [1], [hole]], 'mode').at(-1)).toEqual([1])
    expect(modesOf(['b', 'a', 'b', 'a', 'c'])).toEqual(['a', 'b'])
  })

  it('fills with a constant', () => {
    expect(imputeColumns([[hole, 1]], { constant: 9 })).toEqual([[9, 1]])
  })

  it('takes the nearest rows that have the value', () => {
    expect(
      imputeNearest(
        [
          [1, hole],
          [1.1, 10],
          [1.2, 20],
          [50, 999],
        ],
        2,
      )[0],
    ).toEqual([1, 15])
  })

  it('takes the mean of the column where no row can be compared', () => {
    expect(
      imputeNearest(
        [
          [1, hole],
          [hole, 10],
          [hole, 20],
        ],
        1,
      )[0],
    ).toEqual([1, 15])
  })

  it('leaves a column without any value as it is', () => {
    expect(imputeColumns([[hole], [hole]], 'mean')).toEqual([[hole], [hole]])
  })

  it('never changes a value that is there', () => {
    const cell = oneof(constant(hole), integer({ min: -50, max: 50 }))
    const rows = array(tuple(cell, cell, cell), { minLength: 1, maxLength: 12 })
    assert(
      property(rows, constantFrom('mean', 'median', 'mode', 'near' as const), (matrix, by) => {
        const filled = by === 'near' ? imputeNearest(matrix, 2) : imputeColumns(matrix, by)
        const kept = matrix.map((row, at) =>
          row.map((value, column) => (Number.isNaN(value) ? value : filled[at]?.[column])),
        )
        expect(kept).toEqual(matrix)
      }),
    )
  })
})
