import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../sfdx')
const library = '@salesforce/source-deploy-retrieve'

/** What a test says that Salesforce's reader is missing for; undefined where it is installed. */
export const missingSfdx: string | undefined = existsSync(join(folder, 'node_modules', library))
  ? undefined
  : 'skipped: Salesforce’s reader of DX projects is not installed (npm run sfdx:install)'

interface SourceComponent {
  readonly fullName: string
  readonly type: { readonly name: string }
  readonly xml?: string
  walkContent(): string[]
}

interface ComponentSet {
  sourceApiVersion?: string
  getSourceComponents(): Iterable<SourceComponent>
  getPackageXml(): Promise<string>
}

/** The part of the package that is used here. It is loaded only where it is installed, so the type checker does not know it. */
interface Library {
  readonly ComponentSet: { fromSource(path: string): ComponentSet }
  readonly MetadataConverter: new () => {
    convert(
      set: ComponentSet,
      format: 'metadata',
      output: { type: 'directory'; outputDirectory: string; genUniqueDir: false },
    ): Promise<unknown>
  }
}

/** A package directory as Salesforce's own tools see it: its components, its files that belong to none, and its manifest. */
export async function readWithSfdx(
  source: string,
  files: readonly string[],
  options: { readonly apiVersion: string; readonly output: string },
): Promise<{
  readonly components: readonly string[]
  readonly strays: readonly string[]
  readonly manifest: string
}> {
  const load = createRequire(join(folder, 'package.json'))
  const { ComponentSet, MetadataConverter } = load(library) as Library
  const set = ComponentSet.fromSource(source)
  set.sourceApiVersion = options.apiVersion
  const components = [...set.getSourceComponents()]
  const known = new Set(components.flatMap((component) => [component.xml ?? '', ...component.walkContent()]))
  await new MetadataConverter().convert(set, 'metadata', {
    type: 'directory',
    outputDirectory: options.output,
    genUniqueDir: false,
  })
  return {
    components: components.map(({ type, fullName }) => `${type.name} ${fullName}`),
    strays: files.filter((file) => !known.has(file)),
    manifest: await set.getPackageXml(),
  }
}
