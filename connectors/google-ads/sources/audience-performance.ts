import { defineReportSource } from './report-source.ts'
import { constant, metricFields, text, type ReportField } from './report.ts'

const shared: Readonly<Record<string, ReportField>> = {
  ...metricFields,
  campaign_id: text('campaign.id'),
  campaign_name: text('campaign.name'),
  currency: text('customer.currency_code'),
}

/**
 * What each audience did on each day, where it is used: in ad groups, or in whole campaigns. Google is the only platform that tells
 * this per audience (decision 8 of the platform notes).
 */
export const audiencePerformance = defineReportSource({
  name: 'audience_performance',
  description: 'Impressions, clicks, cost, conversions and return on ad spend of each audience and day.',
  views: [
    {
      resource: 'ad_group_audience_view',
      key: 'ad_group_audience_view.resource_name',
      fields: {
        ...shared,
        level: constant('ad_group'),
        ad_group_id: text('ad_group.id'),
        ad_group_name: text('ad_group.name'),
        audience_id: text('ad_group_criterion.user_list.user_list'),
      },
    },
    {
      resource: 'campaign_audience_view',
      key: 'campaign_audience_view.resource_name',
      fields: {
        ...shared,
        level: constant('campaign'),
        ad_group_id: constant(null),
        ad_group_name: constant(null),
        audience_id: text('campaign_criterion.user_list.user_list'),
      },
    },
  ],
})
