import type { SignedMessage } from './signed-webhooks.ts'

export interface OutboundWish {
  readonly orgId: string
  readonly notifications: readonly {
    readonly id: string
    readonly object: string
    readonly recordId: string
    /** Further elements of the record, as XML. */
    readonly fields?: string
  }[]
}

/** The SOAP of an outbound message, as Salesforce sends it without a session. */
export function outboundXml({ orgId, notifications }: OutboundWish): string {
  const told = notifications.map(
    ({ id, object, recordId, fields = '' }) => `   <Notification>
    <Id>${id}</Id>
    <sObject xsi:type="sf:${object}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>${recordId}</sf:Id>${fields}
    </sObject>
   </Notification>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>${orgId}</OrganizationId>
   <ActionId>04k5g000000ABCDAA4</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/67.0/${orgId}</EnterpriseUrl>
   <PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/67.0/${orgId}</PartnerUrl>
${told.join('\n')}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>`
}

/** The message as it is posted to the endpoint address of a connection. */
export const outboundPost = (connection: string, key: string, xml: string): SignedMessage => ({
  path: `/webhooks/${connection}/outbound_messages?key=${key}`,
  headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
  body: new TextEncoder().encode(xml),
})
