import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Metadata, Server, ServerCredentials, status as grpcStatus } from '@grpc/grpc-js'
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader'
import { z } from 'zod'
import { isTokenGood, refuseAdsAccess } from './gate.ts'
import { mutate } from './mutate.ts'
import type { AdsFault } from './rpc-error.ts'
import type { SandboxAccount } from './sandbox-account.ts'

/** What reached the gRPC server. */
interface GrpcCall {
  readonly method: string
  readonly metadata: Readonly<Record<string, string>>
  readonly request: unknown
  /** Name of the gRPC status that it was answered with. */
  readonly status: string
}

export interface GrpcServer {
  /** "http://127.0.0.1:40123": plain text, on this machine only. */
  readonly url: string
  readonly calls: readonly GrpcCall[]
  close(): void
}

const version = 'google.ads.googleads.v25'
let loaded: PackageDefinition | undefined

/** Google's own protos, out of the SDK's package: the sandbox takes what Google would take. */
function loadProtos(): PackageDefinition {
  const sdk = createRequire(import.meta.url).resolve('google-ads-api')
  const ads = createRequire(sdk).resolve('google-ads-node')
  const gax = createRequire(ads).resolve('google-gax')
  loaded ??= loadSync(
    [
      'google/ads/googleads/v25/services/google_ads_service.proto',
      'google/ads/googleads/v25/errors/errors.proto',
    ],
    {
      keepCase: true,
      longs: String,
      enums: String,
      oneofs: false,
      includeDirs: [ads, gax].map((main) => join(dirname(main), '..', 'protos')),
    },
  )
  return loaded
}

/** Starts `GoogleAdsService` with its one changing method, `Mutate` (chapters 3.3 and 3.5). */
export async function startGrpcServer(account: SandboxAccount, port = 0): Promise<GrpcServer> {
  const protos = loadProtos()
  const service = protos[`${version}.services.GoogleAdsService`]
  if (!service || 'format' in service) throw new Error('the protos have no GoogleAdsService')
  const calls: GrpcCall[] = []
  const server = new Server()
  server.addService(
    { Mutate: serviceMethod.parse(service['Mutate']) },
    {
      Mutate(call: unknown, callback: unknown) {
        const { request, metadata } = callShape.parse(call)
        const headers = headersOf(metadata)
        const answer = answerMutate(account, headers, request)
        const name = 'fault' in answer ? answer.fault.status : 'OK'
        calls.push({ method: 'Mutate', metadata: headers, request, status: name })
        const reply = callbackShape.parse(callback)
        if ('fault' in answer) reply(toGrpcError(protos, answer.fault))
        else reply(null, answer.answer)
      },
    },
  )
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : resolve(found),
    )
  })
  return { url: `http://127.0.0.1:${bound}`, calls, close: () => server.forceShutdown() }
}

const someFunction = <Type>(): z.ZodType<Type> => z.custom<Type>((value) => typeof value === 'function')
type Transform = (value: unknown) => Buffer
type Restore = (bytes: Buffer) => unknown
const serviceMethod = z.object({
  path: z.string(),
  requestStream: z.boolean(),
  responseStream: z.boolean(),
  requestSerialize: someFunction<Transform>(),
  requestDeserialize: someFunction<Restore>(),
  responseSerialize: someFunction<Transform>(),
  responseDeserialize: someFunction<Restore>(),
})
const callShape = z.object({ request: z.unknown(), metadata: z.instanceof(Metadata) })
const callbackShape = someFunction<(error: object | null, answer?: unknown) => void>()

function headersOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]))
}

function answerMutate(
  account: SandboxAccount,
  headers: Readonly<Record<string, string>>,
  request: unknown,
): { readonly answer: object } | { readonly fault: AdsFault } {
  const told = account.changeFaults.shift()
  if (told) return { fault: told }
  if (!isTokenGood(account, headers['authorization'])) return { fault: noToken }
  return refuseAdsAccess(account, headers) ? { fault: noAccess } : mutate(account, request)
}

const noToken: AdsFault = {
  http: 401,
  status: 'UNAUTHENTICATED',
  category: 'authenticationError',
  name: 'OAUTH_TOKEN_INVALID',
  message: 'Oauth token was invalid.',
}
const noAccess: AdsFault = {
  http: 403,
  status: 'PERMISSION_DENIED',
  category: 'authorizationError',
  name: 'USER_PERMISSION_DENIED',
  message: "User doesn't have permission to access customer.",
}

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A status with the failure in its trailer, as Google sends it (chapter 3.9). */
function toGrpcError(protos: PackageDefinition, fault: AdsFault): object {
  const { category, name, message, retrySeconds, operation } = fault
  const failure = {
    request_id: 'sandbox-grpc',
    errors: [
      {
        error_code: { [toSnakeCase(category)]: name },
        message,
        ...(operation !== undefined && {
          location: { field_path_elements: [{ field_name: 'mutate_operations', index: operation }] },
        }),
        ...(retrySeconds !== undefined && {
          details: { quota_error_details: { retry_delay: { seconds: retrySeconds } } },
        }),
      },
    ],
  }
  const metadata = new Metadata()
  const type = protos[`${version}.errors.GoogleAdsFailure`]
  if (isMessage(type)) metadata.add(`${version}.errors.googleadsfailure-bin`, type.serialize(failure))
  return { code: codeOf(fault.status), details: 'Request contains an error.', metadata }
}

function isMessage(
  type: PackageDefinition[string] | undefined,
): type is MessageTypeDefinition<object, object> {
  return type !== undefined && 'format' in type && 'serialize' in type
}

function codeOf(name: string): number {
  const [, code = grpcStatus.UNKNOWN] = Object.entries(grpcStatus).find(([known]) => known === name) ?? []
  return Number(code)
}
