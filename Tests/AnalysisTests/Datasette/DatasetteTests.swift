import Foundation
import Queries
import Reporting
import Testing

/// What the file says; Tools/check_readers.py starts Datasette on it and asks every query over HTTP.
@Suite struct DatasetteTests {
    let yaml: String

    init() throws { yaml = try DatasetteConfiguration(path: "/some/where/my run.db").yaml() }

    @Test func everyQueryIsThereUnderTheDatabasesName() throws {
        #expect(yaml.contains("\ntitle: \"Inside a transformer: my run\"\n"))
        #expect(yaml.contains("\n    queries:\n      how_many_statistics:\n        title: "))
        #expect(yaml.components(separatedBy: "hide_sql: true").count == yaml.components(separatedBy: "        sql: |-").count)
        for query in try Queries.all() {
            // Datasette has no functions over vectors.
            let isThere = yaml.contains("\n      \(query.name):\n        title: \"")
            #expect(isThere == !query.usesVectorFunctions, "\(query.name)")
        }
    }

    @Test func anEmptyParameterMeansNone() throws {
        for query in try Queries.all() where !query.usesVectorFunctions {
            for parameter in query.parameters {
                let given = "nullif(:\(parameter.name), '')"
                #expect(
                    yaml.contains(parameter.kind == .integer ? "CAST(\(given) AS INTEGER)" : given),
                    "\(query.name) \(parameter.name)")
            }
        }
        // Nowhere else does a parameter stand.
        let bare = yaml.split(separator: "\n").filter { $0.contains(#/[^(:a-z]:[a-z]/#) && !$0.contains("nullif(:") }
        #expect(bare.allSatisfy { !$0.hasPrefix("          ") || $0.contains(" -- ") || !$0.contains("coalesce") }, "\(bare)")
    }

    @Test func viewsAreDescribedAndTheTablesBeneathAreHidden() throws {
        #expect(yaml.contains("\n      token_statistics:\n        description: \"One row per token and normalization site"))
        #expect(yaml.contains("\n          kurtosis: \"fourth standardized moment"))
        #expect(yaml.contains("\n      site_moments:\n        hidden: true\n"))
        #expect(!yaml.contains("\n      runs:\n        hidden"))
    }

    @Test func theStatementsHaveNoHeader() {
        #expect(!yaml.contains("-- name:") && !yaml.contains("-- Columns"))
    }
}
