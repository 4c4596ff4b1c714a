import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Metadata, Server, ServerCredentials, status as grpcStatus } from '@grpc/grpc-js'
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader'
import { z } from 'zod'
import { isTokenGood, refuseAdsAccess } from './gate.ts'
import { mutate } from './mutate.ts'
import { addOperations, createOfflineJob, runOfflineJob } from './offline-jobs.ts'
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
      'google/ads/googleads/v25/services/offline_user_data_job_service.proto',
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

type Answer = { readonly answer: object } | { readonly fault: AdsFault }
type Answerer = (account: SandboxAccount, request: unknown) => Answer

/** The methods that change something: chapters 3.2, 3.3 and 3.5. */
const services: Readonly<Record<string, Readonly<Record<string, Answerer>>>> = {
  GoogleAdsService: { Mutate: mutate },
  OfflineUserDataJobService: {
    CreateOfflineUserDataJob: createOfflineJob,
    AddOfflineUserDataJobOperations: (account, request) => toPartialFailure(addOperations(account, request)),
    RunOfflineUserDataJob: runOfflineJob,
  },
}

/** Starts a server with every changing method that the connector uses. */
export async function startGrpcServer(account: SandboxAccount, port = 0): Promise<GrpcServer> {
  const protos = loadProtos()
  const calls: GrpcCall[] = []
  // A request with 100,000 identifiers has seven megabytes; the library's own limit is four.
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 1_048_576 })
  for (const [name, methods] of Object.entries(services)) {
    const service = protos[`${version}.services.${name}`]
    if (!service || 'format' in service) throw new Error(`the protos have no ${name}`)
    for (const [method, answer] of Object.entries(methods))
      server.addService(
        { [method]: serviceMethod.parse(service[method]) },
        { [method]: handler({ account, calls, method, answer }) },
      )
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : resolve(found),
    )
  })
  return { url: `http://127.0.0.1:${bound}`, calls, close: () => server.forceShutdown() }
}

interface Served {
  readonly account: SandboxAccount
  readonly calls: GrpcCall[]
  readonly method: string
  readonly answer: Answerer
}

function handler({ account, calls, method, answer }: Served): (call: unknown, callback: unknown) => void {
  return (call, callback) => {
    const { request, metadata } = callShape.parse(call)
    const headers = headersOf(metadata)
    const result = answerCall(account, headers, () => answer(account, request))
    const name = 'fault' in result ? result.fault.status : 'OK'
    calls.push({ method, metadata: headers, request, status: name })
    const reply = callbackShape.parse(callback)
    const lost = account.lostAnswers.indexOf(method)
    if (lost >= 0) {
      account.lostAnswers.splice(lost, 1)
      reply({ code: grpcStatus.UNAVAILABLE, details: 'Connection reset.', metadata: new Metadata() })
    } else if ('fault' in result) reply(toGrpcError(result.fault))
    else reply(null, result.answer)
  }
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

function answerCall(
  account: SandboxAccount,
  headers: Readonly<Record<string, string>>,
  answer: () => Answer,
): Answer {
  const told = account.changeFaults.shift()
  if (told) return { fault: told }
  if (!isTokenGood(account, headers['authorization'])) return { fault: noToken }
  return refuseAdsAccess(account, headers) ? { fault: noAccess } : answer()
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
function toGrpcError(fault: AdsFault): object {
  const metadata = new Metadata()
  metadata.add(`${version}.errors.googleadsfailure-bin`, encodeFailure([fault], 'mutate_operations'))
  return { code: codeOf(fault.status), details: 'Request contains an error.', metadata }
}

/** `partial_failure_error`: a status with the failure among its details, the answer itself a success (chapter 3.6). */
function toPartialFailure(result: ReturnType<typeof addOperations>): Answer {
  if ('fault' in result) return result
  const [first] = result.refused
  if (!first) return { answer: {} }
  const value = encodeFailure(result.refused, 'operations')
  const type_url = `type.googleapis.com/${version}.errors.GoogleAdsFailure`
  const status = { code: grpcStatus.INVALID_ARGUMENT, message: first.message, details: [{ type_url, value }] }
  return { answer: { partial_failure_error: status } }
}

function encodeFailure(faults: readonly AdsFault[], field: string): Buffer {
  const type = loadProtos()[`${version}.errors.GoogleAdsFailure`]
  if (!isMessage(type)) throw new Error('the protos have no GoogleAdsFailure')
  return type.serialize({
    request_id: 'sandbox-grpc',
    errors: faults.map(({ category, name, message, retrySeconds, operation }) => ({
      error_code: { [toSnakeCase(category)]: name },
      message,
      ...(operation !== undefined && {
        location: { field_path_elements: [{ field_name: field, index: operation }] },
      }),
      ...(retrySeconds !== undefined && {
        details: { quota_error_details: { retry_delay: { seconds: retrySeconds } } },
      }),
    })),
  })
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
