// Serves the WSDLs of its working directory through the `soap` package: /types, /types-rpc, /types12, /orders, /orders12.
// Written as its README shows it: plain objects, and the documented options for those who want their digits kept.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const soap = require('soap');

// The package writes xsi:nil without declaring the prefix, which is no namespace-well-formed XML. Those who run it put
// that right in this event; the tests can ask for the package as it is.
const DECLARES_XSI = process.argv[2] !== 'as-it-is';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

// By itself the package makes floats of all numbers, and of dates objects that it cannot write again.
const text = (value) => value;
const AS_TEXT = Object.fromEntries(
  ['decimal', 'integer', 'long', 'float', 'double', 'dateTime', 'date'].map((name) => [name, text]),
);

const echo = (args) => args;
const types = {
  EchoPlain: echo, EchoNillable: echo, EchoMany: echo, EchoAttributed: echo, EchoListed: echo,
};

// A fault that sets no statusCode is sent with 200, as the package does it: `Fail` below. OrderNotFound says 500.
function fault(blame, text, extra) {
  return { Fault: { faultcode: `soap:${blame}`, faultstring: text, ...(extra && { ...extra }) } };
}

function fault12(blame, text, extra) {
  const { detail, ...rest } = extra || {};
  const value = blame === 'Client' ? 'soap:Sender' : 'soap:Receiver';
  return { Fault: { Code: { Value: value }, Reason: { Text: text }, ...(detail && { Detail: detail }), ...rest } };
}

function orders(fail) {
  return {
    GetOrder({ orderId }) {
      if (Number(orderId) === 404) {
        const detail = {
          $xml: '<n:OrderNotFound xmlns:n="urn:example:orders"><n:orderId>404</n:orderId>'
            + '<n:searched>live</n:searched><n:searched>archive</n:searched></n:OrderNotFound>',
        };
        throw fail('Client', 'There is no such order.', { detail, statusCode: 500 });
      }
      return {
        order: {
          attributes: { status: 'open' },
          orderId,
          ordered: '2024-02-29T23:59:59.5+01:00',
          dueDate: null,
          // The package puts children of a type of another namespace into the parent's, unless they are named so.
          customer: {
            attributes: { id: 7, 'xmlns:c': 'urn:example:common' }, 'c:name': 'Zoë & Söhne <AG>', 'c:email': null,
          },
          lines: {
            line: [
              { attributes: { no: 1 }, sku: 'AB-0001', quantity: '2.50', price: '19.90', serial: ['S1', 'S2'] },
              { attributes: { no: 2 }, sku: 'CD-0002', quantity: '1' },
            ],
          },
          total: { attributes: { currency: 'CHF' }, $value: '49.750' },
          deliverTo: { attributes: { 'xmlns:c': 'urn:example:common' }, 'c:street': 'Weg 1', 'c:city': 'Bern' },
          payment: {
            attributes: { xsi_type: { type: 'CardPayment', prefix: 'o', xmlns: 'urn:example:orders' } },
            reference: 'R-1', lastDigits: '4242', expires: '2027-09',
          },
        },
      };
    },
    EchoOrder: echo,
    WhoAmI(args, callback, headers) {
      if (!headers || !headers.Context) throw fail('Client', 'No context header was sent.');
      return headers.Context;
    },
    Fail({ blame, text }) {
      throw fail(blame === 'client' ? 'Client' : 'Server', text);
    },
  };
}

const server = http.createServer((request, response) => {
  const file = path.join(process.cwd(), path.basename(new URL(request.url, 'http://localhost').pathname));
  if (!file.endsWith('.xsd') || !fs.existsSync(file)) {
    response.statusCode = 404;
    response.end();
    return;
  }
  response.setHeader('Content-Type', 'application/xml');
  fs.createReadStream(file).pipe(response);
});

const offered = [
  ['types', 'Types', types],
  ['types-rpc', 'Types', types],
  ['types12', 'Types', types],
  ['orders', 'Orders', orders(fault)],
  ['orders12', 'Orders', orders(fault12)],
];

server.listen(0, '127.0.0.1', async () => {
  for (const [service, port, operations] of offered) {
    const file = path.join(process.cwd(), `${service}.wsdl`);
    await new Promise((resolve, reject) => {
      const listening = soap.listen(server, {
        path: `/${service}`,
        services: { [port]: { [port]: operations } },
        xml: fs.readFileSync(file, 'utf8'),
        uri: file,
        suppressStack: true,
        customDeserializer: AS_TEXT,
        handleNilAsNull: true,
        preserveWhitespace: true,
        forceSoap12Headers: service.endsWith('12'),
        callback: (error) => (error ? reject(error) : resolve()),
      });
      if (DECLARES_XSI) {
        listening.on('response', (response) => {
          response.result = response.result.replace('<soap:Envelope ', `<soap:Envelope xmlns:xsi="${XSI}" `);
        });
      }
    });
  }
  console.log(`listening on ${server.address().port}`);
});
