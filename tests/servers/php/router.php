<?php
// Serves the WSDLs of its document root and a SoapServer for each: /types, /types-rpc, /types12, /orders, /orders12.
// Written as PHP programmers write it: plain classes, a class map, a type map for the digits.

class Types
{
    public function __call(string $operation, array $arguments): mixed
    {
        return $arguments[0];
    }
}

class Order {}
class CardPayment {}
class TransferPayment {}

class Orders
{
    private ?object $context = null;

    public function Context(object $context): void
    {
        $this->context = $context;
    }

    public function GetOrder(object $request): array
    {
        if ($request->orderId === 404) {
            $detail = ['orderId' => 404, 'searched' => ['live', 'archive']];
            throw new SoapFault('Client', 'There is no such order.', null, $detail, 'OrderNotFound');
        }
        $payment = new CardPayment();
        $payment->reference = 'R-1';
        $payment->lastDigits = '4242';
        $payment->expires = '2027-09';
        $order = new Order();
        $order->orderId = $request->orderId;
        $order->ordered = '2024-02-29T23:59:59.5+01:00';
        $order->dueDate = null;
        $order->customer = ['id' => 7, 'name' => 'Zoë & Söhne <AG>', 'email' => null];
        $order->lines = ['line' => [
            ['no' => 1, 'sku' => 'AB-0001', 'quantity' => '2.50', 'price' => '19.90', 'serial' => ['S1', 'S2']],
            ['no' => 2, 'sku' => 'CD-0002', 'quantity' => '1'],
        ]];
        $order->total = ['_' => '49.750', 'currency' => 'CHF'];
        $order->deliverTo = ['street' => 'Weg 1', 'city' => 'Bern'];
        $order->payment = $payment;
        $order->status = 'open';
        return ['order' => $order];
    }

    public function EchoOrder(object $request): object
    {
        return $request;
    }

    public function WhoAmI(): object
    {
        if ($this->context === null) {
            throw new SoapFault('Client', 'No context header was sent.');
        }
        return $this->context;
    }

    public function Fail(object $request): void
    {
        throw new SoapFault($request->blame === 'client' ? 'Client' : 'Server', $request->text);
    }
}

// By itself PHP makes floats of whole numbers beyond 64 bits, and writes NaN as NAN.
function asText(string $type): array
{
    return [
        'type_ns' => 'http://www.w3.org/2001/XMLSchema',
        'type_name' => $type,
        'from_xml' => fn (string $xml): ?string => str_contains($xml, ':nil="') ? null : trim(strip_tags($xml)),
        'to_xml' => fn (string $value): string => "<$type>$value</$type>",
    ];
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$service = basename($path);
$wsdl = $_SERVER['DOCUMENT_ROOT'] . "/$service.wsdl";
if (!file_exists($wsdl)) {
    return false; // a schema beside the WSDLs, or 404
}
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile($wsdl);
    return true;
}
$server = new SoapServer($wsdl, [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'soap_version' => str_ends_with($service, '12') ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'typemap' => array_map('asText', [
        'integer', 'nonPositiveInteger', 'negativeInteger', 'nonNegativeInteger', 'positiveInteger', 'unsignedLong',
        'float', 'double',
    ]),
    'classmap' => ['Order' => 'Order', 'CardPayment' => 'CardPayment', 'TransferPayment' => 'TransferPayment'],
]);
$server->setClass(str_starts_with($service, 'types') ? 'Types' : 'Orders');
$server->handle();
return true;
