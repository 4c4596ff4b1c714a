/** What is documented of a metadata type that the app uses (crm.md 2.2, and the Metadata API guide of version 67.0). */
export interface MetadataType {
  readonly name: string
  readonly folder: string
  /** Of source files: "eca" for `Affluent.eca-meta.xml`. */
  readonly suffix: string
  /** Elements that may stand in it, and what their text must fit; `'complex'` for those with elements of their own. */
  readonly elements: Readonly<Record<string, RegExp | 'complex'>>
  readonly required: readonly string[]
  /** Elements that may come several times. */
  readonly lists?: readonly string[]
}

const text = /^\S(?:.*\S)?$/
const flag = /^(?:true|false)$/
const address = /^https:\/\/\S+$/
const name = /^[A-Za-z]\w*$/
const whole = /^\d+$/
const oneOf = (...words: readonly string[]): RegExp => new RegExp(`^(?:${words.join('|')})$`)
const listOf = (...words: readonly string[]): RegExp =>
  new RegExp(`^(?:${words.join('|')})(?:, (?:${words.join('|')}))*$`)

export const metadataTypes: readonly MetadataType[] = [
  {
    name: 'ExternalClientApplication',
    folder: 'externalClientApps',
    suffix: 'eca',
    elements: {
      contactEmail: /^\S+@\S+$/,
      description: text,
      distributionState: oneOf('Local', 'Packaged'),
      iconUrl: address,
      isProtected: flag,
      label: text,
      logoUrl: address,
    },
    required: ['contactEmail', 'distributionState', 'label'],
  },
  {
    name: 'ExtlClntAppOauthSettings',
    folder: 'extlClntAppOauthSettings',
    suffix: 'ecaOauth',
    elements: {
      // Metadata's own tokens: the names that are used at run time ("refresh_token") are rejected.
      commaSeparatedOauthScopes: listOf(
        'Api',
        'RefreshToken',
        'OpenID',
        'Basic',
        'Profile',
        'Email',
        'Web',
        'Full',
      ),
      externalClientApplication: name,
      isFirstPartyAppEnabled: flag,
      label: text,
      singleLogoutUrl: address,
    },
    required: ['commaSeparatedOauthScopes', 'externalClientApplication', 'label'],
  },
  {
    name: 'ExtlClntAppGlobalOauthSettings',
    folder: 'extlClntAppGlobalOauthSets',
    suffix: 'ecaGlblOauth',
    elements: {
      callbackUrl: address,
      externalClientApplication: name,
      isClientCredentialsFlowEnabled: flag,
      isCodeCredFlowEnabled: flag,
      isConsumerSecretOptional: flag,
      isDeviceFlowEnabled: flag,
      isIntrospectAllTokens: flag,
      isNamedUserJwtEnabled: flag,
      isPkceRequired: flag,
      isRefreshTokenRotationEnabled: flag,
      isSecretRequiredForRefreshToken: flag,
      isTokenExchangeEnabled: flag,
      label: text,
      shouldRotateConsumerKey: flag,
      shouldRotateConsumerSecret: flag,
    },
    required: ['callbackUrl', 'externalClientApplication', 'label'],
  },
  {
    name: 'ExtlClntAppOauthConfigurablePolicies',
    folder: 'extlClntAppOauthPolicies',
    suffix: 'ecaOauthPlcy',
    elements: {
      clientCredentialsFlowUser: text,
      commaSeparatedPermissionSet: /^[A-Za-z]\w*(?:,[A-Za-z]\w*)*$/,
      commaSeparatedProfile: text,
      externalClientApplication: name,
      ipRelaxationPolicyType: oneOf('Enforce', 'Bypass', 'Bypass_2factor', 'Enforce_RelaxRefresh'),
      isClientCredentialsFlowEnabled: flag,
      label: text,
      namedUserJwtTimeout: whole,
      permittedUsersPolicyType: oneOf('AdminApprovedPreAuthorized', 'AllSelfAuthorized'),
      refreshTokenPolicyType: oneOf('Infinite', 'SpecificInactivity', 'SpecificLifetime', 'Zero'),
      refreshTokenValidityPeriod: whole,
      refreshTokenValidityUnit: oneOf('Days', 'Hours', 'Months'),
      requiredSessionLevel: oneOf('HIGH_ASSURANCE', 'LOW', 'STANDARD'),
      sessionTimeoutInMinutes: whole,
      startUrl: address,
    },
    required: ['externalClientApplication', 'label', 'permittedUsersPolicyType', 'refreshTokenPolicyType'],
  },
  {
    name: 'ExtlClntAppConfigurablePolicies',
    folder: 'extlClntAppPolicies',
    suffix: 'ecaPlcy',
    elements: {
      externalClientApplication: name,
      isCanvasPluginEnabled: flag,
      isEnabled: flag,
      isOauthPluginEnabled: flag,
      label: text,
    },
    required: ['externalClientApplication', 'isEnabled', 'label'],
  },
  {
    name: 'ExtlClntAppCanvasSettings',
    folder: 'extlClntAppCanvasSettings',
    suffix: 'ecaCanvas',
    elements: {
      accessMethod: oneOf('Get', 'Post'),
      canvasLocationOptions: oneOf(
        'Aura',
        'ChatterFeed',
        'MobileNav',
        'None',
        'PageLayout',
        'Publisher',
        'Visualforce',
      ),
      canvasOptions: oneOf('HideHeader', 'HideShare'),
      // A fragment is stripped by Salesforce (2.1).
      canvasUrl: /^https:\/\/[^\s#]+$/,
      externalClientApplication: name,
      label: text,
      lifeCycleHandler: name,
      samlInitiationMethod: oneOf('IdpInitiated', 'None', 'SpInitiated'),
    },
    required: ['accessMethod', 'canvasUrl', 'externalClientApplication'],
    lists: ['canvasLocationOptions', 'canvasOptions'],
  },
  {
    name: 'PermissionSet',
    folder: 'permissionsets',
    suffix: 'permissionset',
    elements: {
      description: text,
      fieldPermissions: 'complex',
      hasActivationRequired: flag,
      label: text,
      objectPermissions: 'complex',
      userPermissions: 'complex',
    },
    required: ['label'],
    lists: ['fieldPermissions', 'objectPermissions', 'userPermissions'],
  },
  {
    name: 'CustomField',
    folder: 'fields',
    suffix: 'field',
    elements: {
      fullName: /^[A-Za-z]\w*__c$/,
      caseSensitive: flag,
      description: text,
      externalId: flag,
      label: text,
      length: whole,
      required: flag,
      trackTrending: flag,
      type: oneOf('Text'),
      unique: flag,
    },
    required: ['fullName', 'label', 'length', 'type'],
  },
  {
    name: 'PlatformEventChannel',
    folder: 'platformEventChannels',
    suffix: 'platformEventChannel',
    elements: { channelType: oneOf('data', 'event'), label: text },
    required: ['channelType', 'label'],
  },
  {
    name: 'PlatformEventChannelMember',
    folder: 'platformEventChannelMembers',
    suffix: 'platformEventChannelMember',
    elements: {
      enrichedFields: 'complex',
      eventChannel: /^(?:ChangeEvents|\w+__chn)$/,
      filterExpression: text,
      selectedEntity: /^\w+ChangeEvent$/,
    },
    required: ['eventChannel', 'selectedEntity'],
    lists: ['enrichedFields'],
  },
  {
    name: 'AuraDefinitionBundle',
    folder: 'aura',
    suffix: 'cmp',
    elements: { apiVersion: /^\d{2,3}\.0$/, description: text },
    required: ['apiVersion', 'description'],
  },
]

/** The elements of complex ones, in the order in which Salesforce's tools write them. */
export const complexElements: Readonly<Record<string, readonly string[]>> = {
  fieldPermissions: ['editable', 'field', 'readable'],
  objectPermissions: [
    'allowCreate',
    'allowDelete',
    'allowEdit',
    'allowRead',
    'modifyAllRecords',
    'object',
    'viewAllFields',
    'viewAllRecords',
  ],
  userPermissions: ['enabled', 'name'],
  enrichedFields: ['name'],
}
