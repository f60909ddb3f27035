// A provider of OpenID Connect for the tests: node provider.mjs PORT BACK JWKS_FILE
// Whoever signs in as NAME.ROLE has the name and the role; any password will do.
import { readFileSync } from 'node:fs'
import { Provider } from 'oidc-provider'

const [port, back, keys] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const provider = new Provider(issuer, {
  jwks: JSON.parse(readFileSync(keys, 'utf8')),
  clients: [
    {
      client_id: 'kota',
      client_secret: 'secret-of-kota',
      redirect_uris: [back],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
    {
      client_id: 'service',
      client_secret: 'secret-of-service',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  claims: { openid: ['sub'], profile: ['name', 'roles'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['for tests alone'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id.split('.')[0], roles: [id.split('.')[1]] }),
  }),
  extraTokenClaims: () => ({ roles: ['lookers'] }),
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, audience) => ({
        scope: 'api',
        audience,
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
      }),
    },
  },
})
provider.listen(Number(port), '127.0.0.1', () => console.log('listens'))
