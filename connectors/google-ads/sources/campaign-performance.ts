import { defineReportSource } from './report-source.ts'
import { metricFields, text } from './report.ts'

/** What each campaign did on each day. */
export const campaignPerformance = defineReportSource({
  name: 'campaign_performance',
  description: 'Impressions, clicks, cost, conversions and return on ad spend of each campaign and day.',
  views: [
    {
      resource: 'campaign',
      key: 'campaign.resource_name',
      fields: {
        ...metricFields,
        campaign_id: text('campaign.id'),
        campaign_name: text('campaign.name'),
        campaign_status: text('campaign.status'),
        channel: text('campaign.advertising_channel_type'),
        currency: text('customer.currency_code'),
      },
    },
  ],
})
