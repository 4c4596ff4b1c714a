import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const templates = ['starter', 'demo'] as const
export type Template = (typeof templates)[number]

const manifests = fileURLToPath(new URL('../../manifests', import.meta.url))

const sources: Readonly<Record<Template, string>> = {
  starter: join(manifests, 'templates', 'starter'),
  demo: join(manifests, 'demo'),
}

/** Copies a template with the JSON Schemas beside it, so that `$schema` leads somewhere wherever the workspace is. */
export async function copyTemplate(template: Template, folder: string): Promise<void> {
  await cp(sources[template], folder, { recursive: true })
  await cp(join(manifests, 'schemas'), join(folder, 'schemas'), { recursive: true })
  await writeFile(join(folder, '.gitignore'), '.affluent/\n.env\n.env.*.new\nsecrets/\n')
}
