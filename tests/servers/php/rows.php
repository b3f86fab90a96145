<?php
// A list as long as one asks for, from PHP's own SoapServer: /rows, described by rows.wsdl in the folder beside.
// The rows are those of tests/benchmarks/ndjson.py.

const WORDS = 'To be delivered to the back door, where somebody will be who knows what to do with it. ';

class Lists
{
    public function __call(string $operation, array $arguments): array
    {
        $rows = [];
        for ($n = 0; $n < $arguments[0]->Rows; $n++) {
            $rows[] = [
                'OrderID' => $n,
                'Customer' => $n % 7 === 0 ? null : 'Müller & Söhne ' . $n % 997,
                'Total' => sprintf('%d.%02d0', $n % 1000, $n % 100),
                'Placed' => sprintf('2026-03-%02dT08:%02d:00Z', $n % 28 + 1, $n % 60),
                'Open' => $n % 2 === 1,
                'Note' => "<$n> € " . substr(str_repeat(WORDS, 3), $n % 7),
                'Sku' => array_map(fn (int $at): string => 'CD-' . ($n + $at) % 1000, $n % 4 ? range(0, $n % 4 - 1) : []),
            ];
        }
        return ['Row' => $rows, 'Count' => count($rows)];
    }
}

ini_set('memory_limit', '2G');
$server = new SoapServer($_SERVER['DOCUMENT_ROOT'] . '/rows.wsdl', [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'encoding' => 'UTF-8',
]);
$server->setClass('Lists');
$server->handle();
return true;
