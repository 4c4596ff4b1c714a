import { z } from 'zod'
import { fieldName } from '../manifest/name.ts'

/** How a trait stands in for another one where that is missing. It never stands over a value that a source told. */
export const imputationSchema = z
  .strictObject({
    from: fieldName.meta({ description: 'The trait whose missing values are filled; of the same type.' }),
    by: z.enum(['mean', 'median', 'mode', 'constant']).meta({
      description:
        'What stands in: the mean or the median (numbers), the most frequent value, of several the smallest ("mode"), or always the same ("constant").',
    }),
    per: fieldName.optional().meta({
      description:
        'A text trait: what stands in is that of the people who share its value. Groups with fewer than five known values take that of all.',
    }),
    value: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .meta({ description: 'The value, with "constant".' }),
  })
  .meta({ description: 'How missing values are filled in. No mapping can fill the trait.' })
export type Imputation = z.output<typeof imputationSchema>
