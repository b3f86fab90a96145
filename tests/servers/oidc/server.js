// oidc-provider with one client that may have tokens by the client credentials grant; how its secret is sent, the
// secret, and the seconds that a token is good come from the command line. POST /forget takes all tokens back. One line
// is printed for each token.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [style, secret, seconds] = process.argv.slice(2);
const tokens = new Set();

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'bridge:1',
      client_secret: secret,
      token_endpoint_auth_method: style,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'orders',
    }],
    scopes: ['orders'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      devInteractions: { enabled: false },
    },
    ttl: { ClientCredentials: Number(seconds) },
  });
  provider.on('client_credentials.saved', (token) => {
    tokens.add(token);
    console.log(`token ${token.scope}`);
  });
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (request.url !== '/forget') return answer(request, response);
    await Promise.all([...tokens].map((token) => token.destroy()));
    tokens.clear();
    return response.end();
  });
  console.log(`listening on ${issuer}`);
});
