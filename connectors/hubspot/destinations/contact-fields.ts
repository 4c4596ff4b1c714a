import type { DestinationField } from '../../../core/connector/destination.ts'

/** Properties that every account has; custom ones are accepted beside them. */
export const contactFields: Readonly<Record<string, DestinationField>> = {
  email: {
    type: 'text',
    description: 'E-mail address: finds the contact, or is given to a new one.',
    matches: 'email',
  },
  phone: { type: 'text', description: 'Phone number.' },
  mobilephone: { type: 'text', description: 'Mobile phone number.' },
  firstname: { type: 'text', description: 'First name.' },
  lastname: { type: 'text', description: 'Last name.' },
  company: { type: 'text', description: 'Company name.' },
  jobtitle: { type: 'text', description: 'Job title.' },
  address: { type: 'text', description: 'Street address.' },
  zip: { type: 'text', description: 'Postal code.' },
  city: { type: 'text', description: 'City.' },
  state: { type: 'text', description: 'State or region.' },
  country: { type: 'text', description: 'Country.' },
  lifecyclestage: { type: 'text', description: 'Life-cycle stage; only moves forward.' },
}
