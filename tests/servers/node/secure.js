// WS-Security with the `soap` package and the xml-crypto it stands on: /token wants a UsernameToken with a digest,
// /signed a signature over the Body, and signs its answers. Arguments: the own key and certificate, the client's.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');
const soap = require('soap');
const { SignedXml } = require('xml-crypto');
const { DOMParser } = require('@xmldom/xmldom');

const [key, certificate, client] = process.argv.slice(2).map((file) => fs.readFileSync(file, 'utf8'));
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

function valueOf(part) {
  return part && part.$value !== undefined ? part.$value : part;
}

function knows(security) {
  const token = security && security.UsernameToken;
  if (!token || token.Username !== 'ada') return false;
  const nonce = Buffer.from(valueOf(token.Nonce), 'base64');
  const text = Buffer.concat([nonce, Buffer.from(valueOf(token.Created) + 'open sesame', 'utf8')]);
  return crypto.createHash('sha1').update(text).digest('base64') === valueOf(token.Password);
}

function verify(xml) {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const signature = document.getElementsByTagNameNS(DSIG, 'Signature')[0];
  if (!signature) throw new Error('there is no signature');
  const signed = new SignedXml({ publicCert: client, idMode: 'wssecurity' });
  signed.loadSignature(signature);
  if (!signed.checkSignature(xml)) throw new Error('the signature is not good');
  const names = signed.getSignedReferences().map((one) => /^<(?:\w+:)?(\w+)/.exec(one)[1]);
  if (!names.includes('Body')) throw new Error('the signature covers ' + names);
}

const echo = (args) => args;
const operations = { Types: { Types: {
  EchoPlain: echo, EchoNillable: echo, EchoMany: echo, EchoAttributed: echo, EchoListed: echo,
} } };
const server = http.createServer((request, response) => {
  const file = path.join(process.cwd(), path.basename(request.url));
  response.setHeader('Content-Type', 'application/xml');
  if (file.endsWith('.xsd') && fs.existsSync(file)) fs.createReadStream(file).pipe(response);
  else { response.statusCode = 404; response.end(); }
});

server.listen(0, '127.0.0.1', async () => {
  for (const service of ['token', 'signed']) {
    const file = path.join(process.cwd(), 'types.wsdl');
    const xml = fs.readFileSync(file, 'utf8').replaceAll('/types"', `/${service}"`);
    await new Promise((resolve, reject) => {
      const listening = soap.listen(server, {
        path: `/${service}`, services: operations, xml, uri: file, suppressStack: true,
        callback: (error) => (error ? reject(error) : resolve()),
      });
      if (service === 'token') {
        listening.authenticate = knows;
        return;
      }
      listening.log = (kind, data) => { if (kind === 'received') verify(String(data)); };
      listening.on('response', (response) => {
        const signer = new soap.WSSecurityCert(key, certificate, '', {
          hasTimeStamp: true, signatureAlgorithm: RSA_SHA256,
          signatureTransformations: ['http://www.w3.org/2001/10/xml-exc-c14n#'],
          signerOptions: { idMode: 'wssecurity' },
        });
        let answer = response.result;
        if (!answer.includes('</soap:Header>')) answer = answer.replace('<soap:Body', '<soap:Header></soap:Header><soap:Body');
        response.result = signer.postProcess(answer, 'soap');
      });
    });
  }
  console.log(`listening on ${server.address().port}`);
});
