import { escapeXml } from './xml/xml-text.ts'

/** Where the file belongs in the DX project of the app. */
export const globalOauthPath =
  'force-app/main/default/extlClntAppGlobalOauthSets/Affluent_glbloauth.ecaGlblOauth-meta.xml'

/**
 * The part of the app that holds its callback address and, once it is in an org, its key and secret: it is written into the admin's copy
 * when a hub is connected and stands in no repository (2.2). PKCE and rotation are on; flows that the hub does not use are off. Client
 * credentials work only after a run-as user was named in the app's policies.
 */
export function globalOauthSettings(callbackUrl: string): string {
  const values: Readonly<Record<string, string>> = {
    callbackUrl,
    externalClientApplication: 'Affluent',
    isClientCredentialsFlowEnabled: 'true',
    isCodeCredFlowEnabled: 'false',
    isConsumerSecretOptional: 'false',
    isDeviceFlowEnabled: 'false',
    isIntrospectAllTokens: 'false',
    isNamedUserJwtEnabled: 'false',
    isPkceRequired: 'true',
    isRefreshTokenRotationEnabled: 'true',
    isSecretRequiredForRefreshToken: 'true',
    isTokenExchangeEnabled: 'false',
    label: 'Affluent_glbloauth',
    shouldRotateConsumerKey: 'false',
    shouldRotateConsumerSecret: 'false',
  }
  const lines = Object.entries(values).map(([name, value]) => `    <${name}>${escapeXml(value)}</${name}>`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<ExtlClntAppGlobalOauthSettings xmlns="http://soap.sforce.com/2006/04/metadata">
${lines.join('\n')}
</ExtlClntAppGlobalOauthSettings>
`
}
