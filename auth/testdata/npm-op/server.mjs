// A certified OpenID issuer on a free loopback port, for the interoperability test of package auth.
// Everybody is logged in at once as "person-1". Prints its address, and ends with its standard input.
import http from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';

const server = http.createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const op = new Provider(issuer, {
  clients: [{
    client_id: 'coffre-cli',
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256', kid: 'k1' }] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_ctx, i) => `/interaction/${i.uid}` },
  features: { devInteractions: { enabled: false } },
  acrValues: ['eidas1'],
});

async function agree(req, res) {
  const { params } = await op.interactionDetails(req, res);
  const grant = new op.Grant({ accountId: 'person-1', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await op.interactionFinished(req, res, {
    login: { accountId: 'person-1', acr: 'eidas1', amr: ['pwd'] },
    consent: { grantId: await grant.save() },
  });
}

const handle = op.callback();
server.on('request', (req, res) => {
  if (!req.url.startsWith('/interaction/')) return handle(req, res);
  return agree(req, res).catch((err) => { console.error(err); res.writeHead(500).end(); });
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log(issuer);
