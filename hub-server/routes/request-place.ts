/** Where something that was asked for stands in a list, the newest first. */
export interface RequestPlace {
  /** Epoch milliseconds. */
  readonly requestedAt: number
  readonly id: string
}

/** The place as a cursor holds it. */
export const positionOfRequest = ({ requestedAt, id }: RequestPlace): string => `${requestedAt} ${id}`

export function toRequestPlace(position: string | undefined): RequestPlace | undefined {
  if (position === undefined) return undefined
  const [requestedAt = '', id = ''] = position.split(' ')
  return { requestedAt: Number(requestedAt), id }
}
