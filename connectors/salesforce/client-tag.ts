/** Names the hub in `Sforce-Call-Options`; shown in CDC events as `changeOrigin`, so that our own writes are recognised (2.6). */
export const clientTag = 'affluent'
