import { z } from 'zod'
import { fieldMapping } from './mapping.ts'
import { fieldName } from './name.ts'

const column = z.string().min(1).max(200)

const key = z.strictObject({
  trait: fieldName.optional().meta({
    description: 'The trait that people are looked up by, such as "commune_code". Told by a source.',
  }),
  identifier: fieldName
    .optional()
    .meta({ description: 'Or the identifier that people are looked up by, such as "shop_customer_id".' }),
  from: column.meta({ description: 'Column of the file with the key. No two rows may have the same.' }),
  compare: z.enum(['text', 'code']).default('text').meta({
    description:
      'How trait and column are compared. "text": case and extra spaces do not count. "code": letters and digits alone count, as in "2A 004".',
  }),
  length: z.int().min(1).max(40).optional().meta({
    description:
      'Length that keys are filled up to with zeros on the left, which spreadsheets take away: 5 makes "1004" the commune "01004".',
  }),
})

/** An external table whose columns become traits: where it is, how people are found in it, and whose data it is. */
export const enrichmentShape = {
  file: z.string().min(1).max(500).meta({
    description: 'The file, as a path below the workspace folder; ".csv", ".csv.gz" or ".parquet".',
  }),
  delimiter: z
    .string()
    .regex(/^[^"\r\n\0]$/)
    .default(',')
    .meta({ description: 'Character between the columns of a CSV file.' }),
  encoding: z
    .enum(['utf-8', 'windows-1252', 'latin1'])
    .default('utf-8')
    .meta({ description: 'How the characters of a CSV file are written.' }),
  key: key.meta({ description: 'How a person finds their row.' }),
  traits: z.record(fieldName, fieldMapping).meta({
    description:
      'Trait: the column it comes from, and the functions of a mapping. The profile schema declares it with "enriched_by".',
  }),
  source: z.string().min(1).max(500).meta({
    description: 'Who published the data, what it is called and where: kept as provenance of the traits.',
  }),
  licence: z.string().min(1).max(200).meta({
    description: 'Licence or agreement under which the data may be used, such as "Licence Ouverte 2.0".',
  }),
  every: z.string().optional().meta({
    description:
      'How often the file is read again although it looks unchanged, such as "30 days". A changed file is read at the next run in any case.',
  }),
}
