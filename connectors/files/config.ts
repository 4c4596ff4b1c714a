import { z } from 'zod'

/** A path below a folder: relative, and never out of it again. */
const pathBelow = z
  .string()
  .min(1)
  .refine((path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..'), {
    error: 'expected a relative path without ".."',
  })

const column = z.string().min(1)

const streamConfig = z.strictObject({
  path: pathBelow.meta({
    description: 'The file, below the folder. A name that ends in ".gz" is unpacked while it is read.',
  }),
  format: z
    .enum(['csv', 'json_lines'])
    .meta({ description: '"csv": a header line, then rows. "json_lines": one JSON object per line.' }),
  id: z
    .union([column, z.array(column).min(1)])
    .optional()
    .meta({
      description:
        'Column, or columns together, that name a row for ever. Without it the row is named by a digest of its content, so a changed row is a new one.',
    }),
  version_at: column.optional().meta({
    description: 'Column with the ISO 8601 time of the last change. Without a time zone it is read as UTC.',
  }),
  delimiter: z
    .string()
    .regex(/^[^"\r\n\0]$/)
    .default(',')
    .meta({ description: 'Character between the columns of a CSV file.' }),
  encoding: z
    .enum(['utf-8', 'windows-1252', 'latin1'])
    .default('utf-8')
    .meta({ description: 'How the characters are written. A byte order mark is passed over.' }),
  snapshot: z.boolean().default(false).meta({
    description:
      'True: the file always holds everything, and a row that is missing is deleted. The file is then read at each run.',
  }),
})

export const filesConfig = z.strictObject({
  folder: pathBelow.default('.').meta({ description: 'Folder of the files, relative to the workspace.' }),
  streams: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/), streamConfig)
    .refine((streams) => Object.keys(streams).length > 0, { error: 'expected at least one stream' })
    .meta({ description: 'Stream name: the file it is read from.' }),
  page_size: z
    .int()
    .min(1)
    .max(50_000)
    .default(5_000)
    .meta({ description: 'Rows handed over at once. Larger pages are written faster and take more memory.' }),
})

export type FilesConfig = z.output<typeof filesConfig>
export type StreamConfig = z.output<typeof streamConfig>
export type FileEncoding = StreamConfig['encoding']
